#include "extractor/page/table.h"

#include <gtest/gtest.h>

namespace rappel::extractor::page {
namespace {

TableLine line(float base, std::vector<bool> filled) {
  return {.base = base, .size = 10, .filled = std::move(filled)};
}

TEST(FindRowStarts, LinesOfOnePitchAreRowsWhereTheKeyIsFilled) {
  const std::vector<TableLine> lines = {line(10, {true, true}), line(22, {false, true}),
                                        line(34, {true, true}), line(46, {true, false})};
  EXPECT_EQ(find_row_starts(lines, {}, 0), (std::vector<bool>{true, false, true, true}));
}

TEST(FindRowStarts, LargerPitchPartsRows) {
  const std::vector<TableLine> lines = {line(10, {false, true}), line(22, {true, true}),
                                        line(34, {false, true}), line(56, {false, true}),
                                        line(68, {true, true})};
  EXPECT_EQ(find_row_starts(lines, {}, 0), (std::vector<bool>{true, false, false, true, false}));
}

TEST(FindRowStarts, RulesPartRows) {
  const std::vector<TableLine> lines = {line(10, {true, true}), line(22, {true, true}),
                                        line(34, {true, true}), line(46, {true, true})};
  EXPECT_EQ(find_row_starts(lines, {2, 13, 37, 50}, 0), (std::vector<bool>{true, true, false, true}));
}

TEST(FindRowStarts, RulesAroundGroupsOfShortCellsDoNotJoinThem) {
  std::vector<TableLine> lines;
  for (int i = 0; i < 6; ++i) {
    lines.push_back(line(10 + 12.0F * static_cast<float>(i), {true, true}));
    lines.back().width = {i == 2 ? 1.0F : 0.3F, 0.4F};
    lines.back().first_word = {0.3F, 0.4F};
  }
  EXPECT_EQ(find_row_starts(lines, {13, 49}, 0), std::vector<bool>(6, true));
}

TEST(FindRowStarts, FewRulesUnderTheHeaderPartNothingElse) {
  const std::vector<TableLine> lines = {line(10, {true, true}), line(22, {true, true}),
                                        line(34, {true, true})};
  EXPECT_EQ(find_row_starts(lines, {13}, 0), (std::vector<bool>{true, true, true}));
}

}  // namespace
}  // namespace rappel::extractor::page
