#include "retrieve/distinct_chunks.h"

#include <gtest/gtest.h>

#include "retrieve/test_shaped_queries.h"

namespace rappel {
namespace {

class DistinctChunksTest : public ShapedQueries {};

const char* const kLong =
    "The seal of the pump is replaced every year, after the valve was closed and the pipe is empty";

TEST_F(DistinctChunksTest, OneResultForEachDocumentCountsWhatItHides) {
  store({{"a", {"alpha one", "alpha two", "alpha three"}}, {"b", {"beta"}}, {"c", {"gamma", "delta"}}});
  const QueryOutput output = ask({.text = "q", .top_k = 2, .shape = {.collapse = true}});
  EXPECT_EQ(ids(output), "a_0 b_0 ");
  EXPECT_EQ(output.results[0].hidden, 2u);
  EXPECT_EQ(output.results[1].hidden, 0u);
}

TEST_F(DistinctChunksTest, SearchGoesDeeperUntilThereAreEnoughDocuments) {
  std::vector<std::string> many(700);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = "part " + std::to_string(i);
  store({{"book", many}, {"b", {"beta"}}, {"c", {"gamma"}}, {"e", {"delta"}}});
  const QueryInput query{.text = "q", .top_k = 3, .shape = {.collapse = true}};
  EXPECT_EQ(ids(ask(query)), "book_0 b_0 c_0 ");
  store_.depths.clear();
  QueryInput narrow = query;
  narrow.filter = Filter::document("book");
  EXPECT_EQ(ids(ask(narrow)), "book_0 ");
  EXPECT_EQ(*std::max_element(store_.depths.begin(), store_.depths.end()), 50u)
      << "no other document matches, so no deeper search is needed";
}

TEST_F(DistinctChunksTest, NearlyEqualTextsAreFolded) {
  store({{"a", {kLong}},
         {"b", {std::string(kLong) + "."}},
         {"c", {"short"}},
         {"d", {"short"}},
         {"e", {"other"}}});
  const QueryOutput output = ask({.text = "q", .top_k = 3, .shape = {.fold_duplicates = true}});
  EXPECT_EQ(ids(output), "a_0 c_0 e_0 ");
  EXPECT_EQ(output.results[0].duplicates, std::vector<std::string>{"b_0"});
  EXPECT_EQ(output.results[1].duplicates, std::vector<std::string>{"d_0"});
}

TEST_F(DistinctChunksTest, HiddenChunksHideNoOthers) {
  store({{"a", {"alpha", "same"}}, {"b", {"same"}}});
  const QueryOutput output =
      ask({.text = "q", .top_k = 5, .shape = {.collapse = true, .fold_duplicates = true}});
  EXPECT_EQ(ids(output), "a_0 b_0 ");
  EXPECT_EQ(output.results[0].hidden, 1u);
}

TEST_F(DistinctChunksTest, NeighborsComeWithTheirChunkOnceEach) {
  store({{"a", {"one", "two", "three", "four", "five"}}, {"b", {"beta"}}});
  const QueryOutput output = ask({.text = "q", .top_k = 3, .shape = {.neighbors = 1}});
  ASSERT_EQ(output.results.size(), 3u);
  EXPECT_EQ(output.results[0].chunk.text, "one two");
  EXPECT_EQ(output.results[0].chunk.end, 7u);
  EXPECT_EQ(output.results[1].chunk.text, "three four");
  EXPECT_EQ(output.results[2].chunk.text, "five");
}

TEST_F(DistinctChunksTest, ShapesOutOfBoundsAreRefused) {
  store({{"a", {"one"}}});
  const auto code = [&](AnswerShape shape, std::optional<ResultUnit> unit = {}) {
    return try_ask({.text = "q", .unit = unit, .shape = shape}).status().code();
  };
  EXPECT_EQ(code({.neighbors = 21}), Code::kInvalidArgument);
  EXPECT_EQ(code({.neighbors = 1}, ResultUnit::kSection), Code::kInvalidArgument);
  EXPECT_EQ(code({.diversity = 1.5}), Code::kInvalidArgument);
  EXPECT_EQ(code({.diversity = std::nan("")}), Code::kInvalidArgument);
  EXPECT_EQ(code({.max_chars = 0}), Code::kInvalidArgument);
  EXPECT_EQ(code({.max_tokens = 0}), Code::kInvalidArgument);
  store_.neighbors = false;
  EXPECT_EQ(code({.neighbors = 1}), Code::kUnsupported);
}

}  // namespace
}  // namespace rappel
