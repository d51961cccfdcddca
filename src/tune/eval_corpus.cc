#include "tune/eval_corpus.h"

#include <fmt/format.h>

#include <set>
#include <utility>
#include <vector>

#include "base/cancelled.h"
#include "codec/sha256.h"
#include "config/version.h"
#include "retrieve/ingest_batches.h"

namespace rappel {
namespace {

constexpr std::size_t kAtOnce = 64;  // documents of an upsert, and of a question for those that are there
constexpr std::size_t kBatchBytes = std::size_t{8} << 20;

constexpr const char* kStoreSettings[] = {
    "EMBEDDING_PRECISION",  "EMBEDDING_MAX_LEN",         "CHUNK_SIZE",
    "CHUNK_OVERLAP",        "CHUNK_STRUCTURE",           "CHUNK_SENTENCES",
    "MIN_CHUNK_SIZE_CHARS", "MIN_CHUNK_LENGTH_TO_EMBED", "CHUNK_CONTEXT"};

// The part of a set's name that any file system takes.
std::string plain(const std::string& name) {
  std::string out;
  for (const char c : name)
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_')
      out += c;
  return out.empty() ? "set" : out.substr(0, 64);
}

// Documents on their way into a store that may have some of them.
class Filling {
 public:
  Filling(DocumentStore& store, Retrieval& retrieval, const CorpusProgress& advance,
          const std::stop_token& stop)
      : store_(store),
        advance_(advance),
        stop_(stop),
        batches_(
            retrieval, {.documents = kAtOnce, .bytes = kBatchBytes, .call = {stop}},
            [this](const PendingDocument& pending, const Status& status, bool stored) {
              settle(pending, status, stored);
            },
            [] {}) {}

  Status add(CorpusDocument document) {
    waiting_.push_back(std::move(document));
    return waiting_.size() < kAtOnce ? Status() : send();
  }

  Result<StoredCorpus> finish() {
    RAPPEL_TRY(send());
    batches_.finish();
    RAPPEL_TRY(failure_);
    return counts_;
  }

 private:
  Status send() {
    if (stop_.stop_requested()) return request_cancelled();
    std::vector<std::string> ids;
    for (const CorpusDocument& document : waiting_) ids.push_back(document.id);
    RAPPEL_ASSIGN(const auto found, store_.get(ids));
    std::set<std::string> known;
    for (const DocumentSummary& summary : found) known.insert(summary.id);
    for (CorpusDocument& document : std::exchange(waiting_, {})) {
      if (known.contains(document.id))
        advance_(++done_, ++known_);
      else
        batches_.add({{std::move(document.id), std::move(document.text), {}}, {}});
    }
    return failure_;
  }

  void settle(const PendingDocument& pending, const Status& status, bool stored) {
    advance_(++done_, known_);
    if (status.ok())
      ++(stored ? counts_.stored : counts_.empty);
    else if (failure_.ok())
      failure_ = status.with_context("document " + pending.document.id.value_or(""));
  }

  DocumentStore& store_;
  const CorpusProgress& advance_;
  const std::stop_token& stop_;
  std::vector<CorpusDocument> waiting_;
  std::size_t done_ = 0, known_ = 0;
  StoredCorpus counts_;
  Status failure_;  // the first one
  IngestBatches batches_;
};

}  // namespace

std::filesystem::path eval_store_folder(const std::filesystem::path& parent, const std::string& set,
                                        const CorpusSummary& corpus, const ModelIdentity& model,
                                        const Options& options) {
  constexpr std::size_t kDigits = 16;
  std::string all = fmt::format("{}\n{}\n{}\n{}\n", kVersion, corpus.digest,
                                model.revision.empty() ? model.name : model.revision, model.dimension);
  for (const char* key : kStoreSettings) all += fmt::format("{}={}\n", key, options.text(key));
  return parent / fmt::format("{}-{}", plain(set), sha256_hex(all).substr(0, kDigits));
}

Result<StoredCorpus> fill_eval_store(const std::filesystem::path& corpus, DocumentStore& store,
                                     Retrieval& retrieval, const CorpusProgress& advance,
                                     const std::stop_token& stop) {
  Filling filling(store, retrieval, advance, stop);
  const Status read =
      for_each_document(corpus, [&](CorpusDocument document) { return filling.add(std::move(document)); });
  RAPPEL_TRY(read);
  return filling.finish();
}

}  // namespace rappel
