// The evaluation of one judged set: its corpus is stored, its questions are asked in each mode, and the
// answers are scored.
//
// Answers are kept beside the store (EvalJournal) until forget_answers(), so that the same evaluation goes on
// after a stop or a kill, with the documents and answers that are there. Complete evaluations are asked
// again.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/status.h"
#include "eval/beir_set.h"
#include "eval/report.h"
#include "tune/eval_corpus.h"
#include "tune/eval_modes.h"

namespace rappel {

// The caller's.
struct EvalParts {
  DocumentStore& store;  // eval_store_folder()
  Embedder& embedder;
  SimilarityScales& scales;      // of the embedder
  Reranker* reranker = nullptr;  // null: no variant reranks
  Logger* logger = nullptr;      // may be null
};

struct SetEvaluation {
  const JudgedSet& set;
  const CorpusSummary& corpus;
  std::span<const EvalVariant> variants;
  ChunkOptions chunk;
  bool same_ids = false;
  std::filesystem::path folder;  // of the store
  std::string settings;  // all that answers depend on beside the variant and the set (answer_settings)
};

struct EvalEvents {
  std::function<void()> phase;  // storing or asking begins; shares count from here
  std::function<void(const std::string& words, double done, double total)> progress;  // a share of the work
  // A variant was answered as a whole. Its error ends the evaluation.
  std::function<Status(const EvalVariant& variant, const Run& run)> answered;
};

struct SetOutcome {
  std::size_t stored = 0;   // documents, by this call
  std::size_t resumed = 0;  // answers of an evaluation that was not completed
  std::vector<EvalResult> results;
  std::vector<std::string> notes;
};

// The settings and the program, as text: what it was is asked again if any of them is another.
std::string answer_settings(const Options& options);

// kCancelled, errors of store, models and files. `outcome` has what was done by then.
Status evaluate_set(const EvalParts& parts, const SetEvaluation& evaluation, const EvalEvents& events,
                    const std::stop_token& stop, SetOutcome& outcome);

// Removes the answers that were kept, once nothing can fail any more.
void forget_answers(const std::filesystem::path& store_folder);

}  // namespace rappel
