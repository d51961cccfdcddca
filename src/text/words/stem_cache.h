// Remembers the forms of recent words by their spelling, so that frequent words are folded and stemmed once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "text/words/word_hash.h"

namespace rappel {

struct KnownWord {
  FormHashes forms;
  std::string written;           // word_forms.h
  std::uint32_t last_chunk = 0;  // the caller's mark
};

class StemCache {
 public:
  // The word of the spelling with this hash, until the next call; `make()` is called if it is not known.
  template <typename Make>
  KnownWord& get(std::uint64_t spelling, Make make) {
    if (rows_.empty()) rows_.resize(kRows);
    Row& row = rows_[spelling % kRows];
    if (!row.used || row.spelling != spelling) row = {spelling, make(), true};
    return row.word;
  }

 private:
  static constexpr std::size_t kRows = 16384;
  struct Row {
    std::uint64_t spelling = 0;
    KnownWord word;
    bool used = false;
  };
  std::vector<Row> rows_;
};

}  // namespace rappel
