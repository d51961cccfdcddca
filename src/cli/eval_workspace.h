// EvalWorkspace: the models of `rappel eval` and `rappel tune`, and the store of one judged set at a time.
#pragma once

#include <filesystem>
#include <optional>

#include "base/status.h"
#include "cli/command.h"
#include "tune/set_evaluation.h"
#include "wiring/parts.h"

namespace rappel {

class EvalWorkspace {
 public:
  explicit EvalWorkspace(CommandContext& context) : context_(context) {}

  // Loads the models the first time, with the reranker if `reranks`, and opens the store of this set.
  Status open(const JudgedSet& set, const CorpusSummary& corpus, bool reranks);
  // After open(), for as long as it is not called again.
  EvalParts parts() {
    return {*parts_.store, *parts_.embedder, scales_, parts_.reranker.get(), context_.logger};
  }
  const std::filesystem::path& folder() const { return folder_; }  // of the store

  // The documents of the user; kNotFound if there is no store.
  Result<std::unique_ptr<DocumentStore>> open_documents();

 private:
  Runtime& runtime();

  CommandContext& context_;
  std::optional<Runtime> runtime_;
  Parts parts_;
  SimilarityScales scales_;
  std::filesystem::path folder_;
};

}  // namespace rappel
