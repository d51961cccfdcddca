// Stores that are large enough to have index files, for tests of those files.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/os/file.h"
#include "store/conformance/store_test_util.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/test_options.h"

namespace rappel::sqlite {

namespace fs = std::filesystem;

inline constexpr int kDimension = 8;
inline constexpr std::size_t kChunksPerDocument = 100;

inline SqliteStoreOptions options_of(const fs::path& folder) { return test_options(folder, kDimension); }

inline std::string text_of(std::uint64_t seed) {
  static constexpr const char* kWords[] = {"otter", "river",  "swimming", "fox",
                                           "lazy",  "forest", "stone",    "boat"};
  std::string text = "the";
  for (std::uint64_t rest = seed % 4096 + 4096; rest > 0; rest /= 8)
    text += std::string(" ") + kWords[rest % 8];
  return text;
}

// Document `number`, whose texts and vectors follow from `version`.
inline NewDocument numbered(std::size_t number, std::uint64_t version = 0) {
  NewDocument made = document("d" + std::to_string(number), {}, kDimension);
  for (std::size_t i = 0; i < kChunksPerDocument; ++i) {
    const std::uint64_t seed = number * 1000 + i + version * 1'000'000;
    made.chunks.push_back(chunk(text_of(seed), seed, kDimension));
    made.chunks.back().begin = static_cast<std::uint32_t>(i);
    made.chunks.back().end = static_cast<std::uint32_t>(i + 1);
  }
  return made;
}

inline void fill(SnapshotStore& store, std::size_t first, std::size_t documents, std::uint64_t version = 0) {
  std::vector<NewDocument> batch;
  for (std::size_t i = 0; i < documents; ++i) batch.push_back(numbered(first + i, version));
  ASSERT_TRUE(store.upsert(std::move(batch)).ok());
}

// Ids and scores of the best chunks for some questions.
inline std::vector<std::pair<std::string, float>> answers(SnapshotStore& store) {
  std::vector<std::pair<std::string, float>> found;
  for (std::uint64_t q = 0; q < 5; ++q) {
    const std::vector<float> query = unit_vector(q + 77, kDimension);
    const auto chunks = store.search(SearchRequest::dense(query, 10));
    EXPECT_TRUE(chunks.ok()) << chunks.status().to_string();
    if (!chunks.ok()) return found;
    for (const FoundChunk& hit : *chunks) found.emplace_back(hit.chunk.id, hit.score);
    const auto by_words = store.search(SearchRequest::lexical(text_of(q * 555), 10));
    EXPECT_TRUE(by_words.ok()) << by_words.status().to_string();
    if (!by_words.ok()) return found;
    for (const FoundChunk& hit : *by_words) found.emplace_back(hit.chunk.id, hit.score);
    // Chunks have two tokens that follow from their vector, and one that all have.
    const std::vector<TokenWeight> weights = {{static_cast<std::uint32_t>(q * 111), 1}, {250'000, 0.5f}};
    const auto by_weights = store.search(SearchRequest::sparse(weights, 10));
    EXPECT_TRUE(by_weights.ok()) << by_weights.status().to_string();
    if (!by_weights.ok()) return found;
    for (const FoundChunk& hit : *by_weights) found.emplace_back(hit.chunk.id, hit.score);
  }
  return found;
}

inline std::unique_ptr<SnapshotStore> open_store(const fs::path& folder) {
  auto store = open_sqlite_store(options_of(folder));
  EXPECT_TRUE(store.ok()) << store.status().to_string();
  return std::move(store).value();
}

inline std::map<std::string, std::string> files_of(const fs::path& folder) {
  std::map<std::string, std::string> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder / "index", error))
    files[entry.path().filename().string()] = read_file(entry.path()).value();
  return files;
}

}  // namespace rappel::sqlite
