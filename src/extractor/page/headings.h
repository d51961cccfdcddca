// Headings: the lines that the outline names, else those in larger or bold type.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "extractor/page/layout.h"

namespace rappel::extractor::page {

struct OutlineEntry {
  std::string title;
  int level = 1;  // 1..9
  int page = -1;  // from 0; -1: unknown
};

class Headings {
 public:
  explicit Headings(const std::vector<OutlineEntry>& outline);

  // Type sizes of the document, before level_of(): the most frequent one is the body's.
  void note(const Line& line);

  // Lines [first, ..) of a region: how many of them are one heading, and its level. 0: none.
  struct Found {
    std::size_t lines = 0;
    int level = 0;
    bool numbered = false;  // a number that the outline does not have comes before the title
  };
  Found find(std::span<const Line> lines, std::size_t first, int page) const;
  // A row of a table that has one cell: a heading only if the outline has it or it is in larger type.
  Found find_in_table(std::span<const Line> cell, int page) const;

 private:
  Found find_in_outline(std::span<const Line> lines, std::size_t first, int page) const;
  Found find_by_type(std::span<const Line> lines, std::size_t first) const;
  float body_size() const;

  struct Title {
    std::u32string key, without_number;
    int level;
  };
  std::map<int, std::vector<Title>> titles_;  // by page
  std::map<int, std::size_t> characters_;     // by size in half points
  std::size_t bold_ = 0, total_ = 0;          // characters
};

}  // namespace rappel::extractor::page
