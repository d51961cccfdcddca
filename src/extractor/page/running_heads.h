// Running heads: lines at the edge of the page that repeat on several pages, and page numbers.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "extractor/page/pieces.h"

namespace rappel::extractor::page {

class RunningHeads {
 public:
  // The pieces of one page, sorted by place. Pages are noted in order, each once.
  void note(const std::vector<Piece>& pieces, const std::vector<Glyph>& glyphs);
  // Takes out what repeats on at least three of the pages noted so far, and the number of the page: as
  // counted from 1, or its label.
  void remove(std::vector<Piece>& pieces, const std::vector<Glyph>& glyphs, int page,
              const std::string& label) const;

 private:
  std::unordered_map<std::u32string, std::size_t> pages_;  // that have it, by text without numbers and place
};

}  // namespace rappel::extractor::page
