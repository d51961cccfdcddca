// The corpus of a judged set in a store of its own, which later evaluations use again.
//
// The folder of the store is named by all that its chunks and vectors depend on: ids and texts of the corpus,
// the model with its precision and length, the chunk settings, and the version of rappel. So a store is never
// out of date. An evaluation that was killed left whole batches, and the next one stores the rest.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>

#include "base/status.h"
#include "config/options.h"
#include "eval/beir_set.h"
#include "retrieve/retrieval.h"
#include "store/model_identity.h"

namespace rappel {

// A folder in `parent`; `options` are those of eval.
std::filesystem::path eval_store_folder(const std::filesystem::path& parent, const std::string& set,
                                        const CorpusSummary& corpus, const ModelIdentity& model,
                                        const Options& options);

struct StoredCorpus {
  std::size_t stored = 0;  // by this call
  std::size_t empty = 0;   // documents without text, or with less than MIN_CHUNK_LENGTH_TO_EMBED; not stored
};

// Told how many of all documents are done, and how many of these the store had.
using CorpusProgress = std::function<void(std::size_t done, std::size_t known)>;

// Stores the documents of `corpus` that the store does not have. kCancelled, or the first error of a
// document, after which the store can be filled again.
Result<StoredCorpus> fill_eval_store(const std::filesystem::path& corpus, DocumentStore& store,
                                     Retrieval& retrieval, const CorpusProgress& advance,
                                     const std::stop_token& stop);

}  // namespace rappel
