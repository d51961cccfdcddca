// DocumentStore: documents with their chunks and vectors, as every store can keep them. sqlite/ is the
// embedded store; a remote engine is a further folder that implements this header and passes conformance/.
//
// Promises of every store:
//   upsert() replaces each document as a whole: a document keeps nothing of its old chunks. Whether the
//     documents of one call change together, and what an acknowledged change survives, is stated by info().
//   search() needs no second call: it returns the chunks with their scores.
//   A filter that the store does not support is kUnsupported. It is never ignored.
// Stores that offer one consistent state implement SnapshotStore (store/snapshot_store.h) in addition. A
// caller that searches several times for one answer uses open_reader() (there), which works with every store.
//
// Any thread may call any method. Errors: kInvalidArgument (the caller's documents or vector), kUnsupported
// (a capability that info() does not name), kUnavailable (disk, lock, network), kCorrupt, kFailedPrecondition
// (data of another model; the message names both models and what to do).
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/metrics_text.h"
#include "base/status.h"
#include "store/filter.h"
#include "store/types.h"

namespace rappel {

class SnapshotStore;

// Scope of a change when one upsert() or remove() call names several documents.
enum class Atomicity {
  kDocument,  // each document by itself; a failed call may leave some documents changed
  kBatch,     // all documents of the call, or none
};

// The failures that an acknowledged change survives.
enum class Durability {
  kMemory,   // nothing: it is gone with the process
  kProcess,  // a crash of the process, not a power cut
  kDisk,     // a power cut, as far as the disk keeps what it reported as written
};

// The capabilities of a store. A search or a filter that needs a missing one is kUnsupported.
struct StoreInfo {
  std::string kind;      // "sqlite"
  std::string location;  // for messages: a file, or a URL without credentials
  bool dense = false;
  bool sparse = false;  // finds the chunks that were stored with weights of tokens
  bool lexical = false;
  bool guesses = false;  // LexicalSignal::typos and ::prefix
  bool multi_vector = false;
  bool filters = false;          // every Filter; false: only unrestricted ones
  bool text_conditions = false;  // SearchRequest::text
  bool snapshots = false;        // snapshots() is not null
  bool neighbors = false;        // chunk_at()
  Atomicity atomicity = Atomicity::kDocument;
  Durability durability = Durability::kMemory;

  bool atomic_batch() const { return atomicity == Atomicity::kBatch; }
};

// The nearest chunks by cosine similarity to a vector of unit length and the store's dimension.
struct DenseSignal {
  std::span<const float> vector;
};
// The best chunks by BM25 for the words of the text, any of them. No query syntax is interpreted
// (text/words/query_syntax.h). text/words/word_guesses.h has the rules and the weights of the options.
struct LexicalSignal {
  std::string_view text;
  bool typos = false;   // words that no chunk has stand for similar ones
  bool prefix = false;  // the last word is unfinished, and stands for all words that begin with it, too
};
// The words that a word of the query stands for, too, because of the options above: each as some chunk writes
// it, folded and without marks; the one in most chunks first.
struct WordGuess {
  std::string word;  // folded
  std::vector<std::string> guesses;
  bool operator==(const WordGuess&) const = default;
};
// The best chunks by the sum of products of the weights that chunk and query give to a token, by ascending
// token.
struct SparseSignal {
  std::span<const TokenWeight> weights;
};
// Every chunk, with the score 1, in an order of the store: for queries that have conditions and no words.
struct MatchSignal {};
// Multi-vector signals become a further alternative.
using SearchSignal = std::variant<DenseSignal, LexicalSignal, SparseSignal, MatchSignal>;

// Conditions on the words of a chunk's text, for a search by any signal. A phrase is a sequence of words as
// they are written, whatever their case and, for Latin letters, their marks; punctuation does not count, the
// parts of compounds are words, and so is each ideograph: "err 4012" is in "ERR-4012", not in "errors 4012".
// Phrases without any word are no condition.
struct TextConditions {
  std::vector<std::string> phrases;          // the chunk has each of them
  std::vector<std::string> without_phrases;  // and none of them
  // Nor any of these words, in whatever form the lexical signal takes for the same word ("pump", "pumps").
  // A word of several parts ("ERR-4012") is a phrase.
  std::vector<std::string> without_words;

  bool empty() const { return phrases.empty() && without_phrases.empty() && without_words.empty(); }
  bool operator==(const TextConditions&) const = default;
};
// kInvalidArgument: more than kMaxFilterConditions in all. Every store applies it.
Status check_conditions(const TextConditions& conditions);

// One search by one signal. Vector, text and weights are the caller's and must live until the call returns.
struct SearchRequest {
  SearchSignal signal;
  std::size_t k = 0;
  Filter filter;
  TextConditions text = {};

  static SearchRequest dense(std::span<const float> vector, std::size_t k, Filter filter = {}) {
    return {DenseSignal{vector}, k, std::move(filter)};
  }
  static SearchRequest lexical(std::string_view text, std::size_t k, Filter filter = {}) {
    return {LexicalSignal{text}, k, std::move(filter)};
  }
  static SearchRequest sparse(std::span<const TokenWeight> weights, std::size_t k, Filter filter = {}) {
    return {SparseSignal{weights}, k, std::move(filter)};
  }
  static SearchRequest match(std::size_t k, Filter filter = {}) {
    return {MatchSignal{}, k, std::move(filter)};
  }
};

// Told summary_bytes() of each document of a page before the next is read. A failure ends the call, which
// returns it.
using PageMeter = std::function<Status(std::size_t bytes)>;

// How well the index of a store works at the moment. Answers are right in any case.
struct IndexHealth {
  // A part of the index was lost; searches read its vectors from the store, until the part is made again.
  bool degraded = false;
  // Share of the true nearest chunks that searches find, by the last self-check; nothing before one.
  std::optional<double> recall = {};
  double widening = 1;  // factor of the bounds of a search that the self-check has set
};

class DocumentStore {
 public:
  virtual ~DocumentStore() = default;
  virtual StoreInfo info() const = 0;
  // The same store with snapshots, null when it has none.
  virtual SnapshotStore* snapshots() { return nullptr; }

  // The files that documents came from, null when the store does not keep them.
  virtual OriginStore* origins() { return nullptr; }

  // Where what waits for an upsert may be kept: a folder with about as much room as the store itself.
  virtual std::filesystem::path scratch_folder() const { return std::filesystem::temp_directory_path(); }

  // Later documents of the same id in one call win. Documents without chunks are removed.
  virtual Status upsert(std::vector<NewDocument> documents) = 0;
  // Number of documents removed. Unknown ids are no error.
  virtual Result<std::size_t> remove(std::span<const std::string> ids) = 0;
  virtual Result<std::size_t> remove(const Filter& filter) = 0;

  // `meter` may be empty.
  virtual Result<DocumentPage> list(const Filter& filter, std::size_t offset, std::size_t limit,
                                    const PageMeter& meter = {}) = 0;
  // The documents of these ids that exist, each once, in the order asked.
  virtual Result<std::vector<DocumentSummary>> get(std::span<const std::string> ids) = 0;
  // At most k chunks, best first; ties in an order of the store that does not change while the chunks live.
  virtual Result<std::vector<FoundChunk>> search(const SearchRequest& request) = 0;
  // Lexical: the BM25 that a chunk of one language approaches as it has every word of the text more and more
  // often, the sum of idf x (k1 + 1). A word that no chunk has counts with the idf of 0 chunks, so answers
  // without a rare word of the question stay far below. The language is the one that gives the most; a chunk
  // with words of several languages may score more. The options of the signal change nothing. Nothing: for
  // other signals, or the store does not know.
  virtual Result<std::optional<double>> best_score(const SearchSignal& signal);
  // The words of the text that have guesses, in order. kUnsupported without StoreInfo::guesses.
  virtual Result<std::vector<WordGuess>> guesses(const LexicalSignal& signal);
  // The chunk of that index in the document; nothing if there is no such document or chunk.
  virtual Result<std::optional<Chunk>> chunk_at(std::string_view document_id, std::uint32_t index);
  virtual Result<StoreStats> stats() = 0;
  // Ok, or why the next change would fail (kUnavailable: lock, disk), as far as the store knows without one.
  // Reading may go on. Quick.
  virtual Status writable() { return {}; }
  // Damage that a person has to know of although the store answers: commits that were lost, damage that a
  // call on the open store met. Its message says what to do. Quick.
  virtual Status trouble() { return {}; }
  // Quick, must not block.
  virtual IndexHealth index_health() const { return {}; }
  // Families of its own: times, sizes. Quick.
  virtual void write_metrics(MetricsText&) const {}
};

}  // namespace rappel
