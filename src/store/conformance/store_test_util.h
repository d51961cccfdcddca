// Documents and vectors for the store's tests, and the whole content of a store as plain values.
#pragma once

#include <map>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/snapshot_store.h"

namespace rappel {

// Stores may keep vectors as float16.
constexpr double kScoreTolerance = 1e-3;

// A unit vector that depends on the seed alone.
std::vector<float> unit_vector(std::uint64_t seed, int dimension);

NewChunk chunk(std::string text, std::uint64_t vector_seed, int dimension);

// A document with one chunk per text, offsets one after another.
NewDocument document(std::string id, const std::vector<std::string>& texts, int dimension,
                     Metadata metadata = {});

// Chunks as a large upload hands them over, which has moved them out of memory.
class Waiting final : public WaitingChunks {
 public:
  explicit Waiting(std::vector<NewChunk> chunks) : chunks_(std::move(chunks)) {}
  std::size_t size() const override { return chunks_.size(); }
  std::size_t bytes() const override { return 0; }
  Status visit(const ChunkVisitor& visit) const override {
    for (std::size_t i = 0; i < chunks_.size(); ++i) RAPPEL_TRY(visit(i, chunks_[i]));
    return {};
  }

 private:
  const std::vector<NewChunk> chunks_;
};

// Searches of one reader by one signal.
Result<std::vector<Hit>> dense(StoreReader& reader, std::span<const float> vector, std::size_t k,
                               const Filter& filter = {});
Result<std::vector<Hit>> lexical(StoreReader& reader, std::string_view text, std::size_t k,
                                 const Filter& filter = {});
std::vector<ChunkKey> keys_of(const std::vector<Hit>& hits);

// Random metadata from few values, so that filters match often; some fields missing, some strings awkward.
Metadata random_metadata(std::mt19937& random);
Filter random_filter(std::mt19937& random);
// One that columns answer: without parts of texts.
Filter random_column_filter(std::mt19937& random);

// The expected content of a store, document by id.
using Twin = std::map<std::string, NewDocument>;
void apply_to(Twin& twin, const std::vector<NewDocument>& documents);

// Reads everything through the public interface and compares it with the twin: list, stats, chunks, vectors
// and words. Returns what is wrong, empty when nothing is.
std::string difference(DocumentStore& store, const Twin& twin, int dimension);

}  // namespace rappel
