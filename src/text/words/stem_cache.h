// Remembers the forms of recent words by their spelling, so that frequent words are stemmed once.
#pragma once

#include <cstdint>
#include <vector>

#include "text/words/word_hash.h"

namespace rappel {

class StemCache {
 public:
  // The forms of the spelling with this hash; `make()` is called if they are not known.
  template <typename Make>
  const FormHashes& get(std::uint64_t spelling, Make make) {
    if (rows_.empty()) rows_.resize(kRows);
    Row& row = rows_[spelling % kRows];
    if (!row.used || row.spelling != spelling) row = {spelling, make(), true};
    return row.forms;
  }

 private:
  static constexpr std::size_t kRows = 16384;
  struct Row {
    std::uint64_t spelling = 0;
    FormHashes forms;
    bool used = false;
  };
  std::vector<Row> rows_;
};

}  // namespace rappel
