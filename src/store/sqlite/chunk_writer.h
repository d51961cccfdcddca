// Writes new chunks into the tables that have a row for each of them: chunks, vectors, and sparse and colbert
// for chunks that bring such a signal.
#pragma once

#include <cstdint>
#include <vector>

#include "base/status.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/languages.h"
#include "store/types.h"

namespace rappel::sqlite {

class ChunkWriter {
 public:
  // `languages`: gets those of the chunks; both live longer.
  static Result<ChunkWriter> open(Connection& db, LanguageSet& languages);

  struct Position {
    std::int64_t row = 0, doc = 0, index = 0;
  };
  Status write(const Position& at, const NewChunk& chunk);
  // Chunks that were written with weights.
  std::int64_t weighted() const { return weighted_; }

 private:
  ChunkWriter(Connection& db, LanguageSet& languages, Statement chunk, Statement vector)
      : db_(db), languages_(languages), chunk_(std::move(chunk)), vector_(std::move(vector)) {}

  Connection& db_;
  LanguageSet& languages_;
  Statement chunk_, vector_;
  std::vector<std::uint16_t> halves_;
  std::int64_t weighted_ = 0;
};

}  // namespace rappel::sqlite
