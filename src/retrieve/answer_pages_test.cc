#include "retrieve/answer_pages.h"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <set>
#include <thread>

#include "retrieve/test_shaped_queries.h"
#include "store/sqlite/sqlite_store.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

class AnswerPagesTest : public ShapedQueries {
 protected:
  static Texts numbered(int count, const std::string& text = "text") {
    Texts texts;
    for (int i = 0; i < count; ++i)
      texts.push_back({"d" + std::to_string(100 + i), {text + " " + std::to_string(i)}});
    return texts;
  }
  // The ids of all pages, in order; `between` runs before each page but the first.
  std::vector<std::string> all_pages(QueryInput query, DocumentStore* store = nullptr,
                                     const std::function<void()>& between = {}) {
    std::vector<std::string> found;
    query.cursor = kFirstPage;
    for (int page = 0; page < 500; ++page) {
      const QueryOutput output = ask(query, store);
      for (const ScoredChunk& result : output.results) found.push_back(result.chunk.id);
      if (output.next.empty()) return found;
      query.cursor = output.next;
      if (between) between();
    }
    ADD_FAILURE() << "the pages do not end";
    return found;
  }
  std::vector<std::string> at_once(QueryInput query) {
    std::vector<std::string> found;
    query.top_k = kPagedResults;
    for (const ScoredChunk& result : ask(query).results) found.push_back(result.chunk.id);
    return found;
  }
};

TEST_F(AnswerPagesTest, PagesTogetherAreTheWholeAnswer) {
  store(numbered(25));
  for (const std::size_t size : {1u, 7u, 25u, 30u})
    EXPECT_EQ(all_pages({.text = "q", .top_k = size}), at_once({.text = "q"})) << size;
  const QueryInput shaped{.text = "q", .top_k = 4, .shape = {.collapse = true, .fold_duplicates = true}};
  EXPECT_EQ(all_pages(shaped), at_once(shaped));
  EXPECT_EQ(ask({.text = "q", .top_k = 4}).next, "") << "no pages were asked for";
}

TEST_F(AnswerPagesTest, BudgetMovesResultsToTheNextPage) {
  store(numbered(20));
  QueryInput query{.text = "q", .top_k = 8, .shape = {.max_chars = 16}};
  const QueryOutput first = ask(query);
  EXPECT_EQ(first.results.size(), 2u);
  EXPECT_EQ(first.cut, 6u);
  query.cursor = first.next;
  const QueryOutput second = ask(query);
  EXPECT_EQ(ids(second), "d102_0 d103_0 ");
  EXPECT_EQ(all_pages(query), at_once({.text = "q"}));
  query.shape.max_chars = 3;
  EXPECT_EQ(all_pages(query).size(), 20u) << "a text that is too long is cut, not skipped";
}

TEST_F(AnswerPagesTest, RemovedDocumentsAreLeftOutAndCounted) {
  store(numbered(10));
  QueryInput query{.text = "q", .top_k = 3, .cursor = std::string(kFirstPage)};
  query.cursor = ask(query).next;
  ASSERT_TRUE(store_.remove(std::vector<std::string>{"d103", "d105"}).ok());
  const QueryOutput second = ask(query);
  EXPECT_EQ(ids(second), "d104_0 d106_0 d107_0 ");
  EXPECT_EQ(second.gone, 2u);
  EXPECT_EQ(ids(ask(query)), ids(second)) << "a cursor may be used again";
}

TEST_F(AnswerPagesTest, ForgedAndForeignCursorsAreRefused) {
  store(numbered(10));
  QueryInput query{.text = "q", .top_k = 3, .cursor = std::string(kFirstPage)};
  const std::string next = ask(query).next;
  std::mt19937 random(2);
  for (int round = 0; round < 500; ++round) {
    query.cursor = next;
    query.cursor[random() % next.size()] = "0123456789abcdefg/ \n"[random() % 20];
    if (query.cursor == next) continue;
    ASSERT_EQ(try_ask(query).status().code(), Code::kInvalidArgument) << query.cursor;
  }
  for (const std::string& text : {std::string("x"), next.substr(1), next + "0", std::string(100'000, '0')}) {
    query.cursor = text;
    EXPECT_EQ(try_ask(query).status().code(), Code::kInvalidArgument);
  }
  query.cursor = next;
  query.text = "r";
  EXPECT_NE(try_ask(query).status().message().find("another query"), std::string::npos);
  query.text = "q";
  query.filter = Filter::document("d101");
  EXPECT_NE(try_ask(query).status().message().find("another query"), std::string::npos);
  query.filter = {};
  query.top_k = 2;
  EXPECT_EQ(ids(ask(query)), "d103_0 d104_0 ") << "a page may have another size";
}

TEST_F(AnswerPagesTest, KeptAnswersAreBoundedByNumberBytesAndTime) {
  const auto answer = [](const std::string& text) {
    KeptAnswer made;
    made.query.text = text;
    made.output.results.resize(2);
    made.output.results[0].chunk.text = std::string(1000, 'x');
    return std::make_shared<const KeptAnswer>(std::move(made));
  };
  auto now = std::chrono::steady_clock::time_point();
  const auto kept = [&](AnswerPages& pages, const std::string& text, const std::string& cursor) {
    return pages.find({.text = text, .cursor = cursor}).ok();
  };
  AnswerPages few({.answers = 2}, [&] { return now; });
  const std::string a = few.keep(answer("a"), 1), b = few.keep(answer("b"), 1);
  EXPECT_TRUE(kept(few, "a", a));
  const std::string c = few.keep(answer("c"), 1);
  EXPECT_TRUE(kept(few, "a", a) && kept(few, "c", c));
  EXPECT_FALSE(kept(few, "b", b)) << "the least recently used one";
  now += std::chrono::seconds(299);
  EXPECT_TRUE(kept(few, "a", a));
  now += std::chrono::seconds(2);
  EXPECT_TRUE(kept(few, "a", a));
  EXPECT_NE(few.find({.text = "c", .cursor = c}).status().message().find("first page again"),
            std::string::npos);
  AnswerPages small({.bytes = 3 * bytes_of(*answer("a"))}, [&] { return now; });
  std::vector<std::string> cursors;
  for (int i = 0; i < 5; ++i) cursors.push_back(small.keep(answer("q"), 1));
  EXPECT_FALSE(kept(small, "q", cursors[1]));
  EXPECT_TRUE(kept(small, "q", cursors[2]));
}

TEST_F(AnswerPagesTest, LaterPagesCountInTheAnswersLimit) {
  store(numbered(20, std::string(1000, 'x')));
  QueryInput query{.text = "q", .top_k = 1, .cursor = std::string(kFirstPage)};
  query.cursor = ask(query).next;
  query.top_k = 10;
  ByteHold hold(nullptr, "", 5000);
  memory_ = &hold;
  EXPECT_EQ(try_ask(query).status().id(), "answer-too-large");
}

// Documents are rewritten, moved in the order, removed and added while the pages are read.
TEST_F(AnswerPagesTest, PagesNeitherRepeatNorLoseAHitWhileEightWritersRewrite) {
  TempDir folder;
  const auto store = open_sqlite_store({.folder = folder.path() / "data", .model = embedder_.identity()});
  ASSERT_TRUE(store.ok()) << store.status().to_string();
  const Texts texts = numbered(60);
  ASSERT_TRUE((*store)->upsert(documents(texts)).ok());
  std::atomic<bool> stop = false;
  std::atomic<int> writes = 0;
  std::vector<std::jthread> writers;
  for (unsigned writer = 0; writer < 8; ++writer)
    writers.emplace_back([&, writer] {
      std::mt19937 random(writer);
      while (!stop) {
        Texts changed = {texts[random() % texts.size()],
                         {"new" + std::to_string(random() % 50), {"new text"}}};
        std::shuffle(changed.begin(), changed.end(), random);
        if (!(*store)->upsert(documents(changed)).ok()) return;
        ++writes;
      }
    });
  for (int round = 0; round < 10; ++round) {
    int before = writes;
    const auto wait_for_a_write = [&] {
      while (writes == before) std::this_thread::yield();
      before = writes;
    };
    const QueryInput query{.text = "q", .top_k = 7, .shape = {.collapse = round % 2 == 0}};
    const auto found = all_pages(query, store->get(), wait_for_a_write);
    const std::set<std::string> once(found.begin(), found.end());
    EXPECT_EQ(once.size(), found.size()) << "a hit was repeated";
    for (const auto& [id, chunks] : texts) EXPECT_TRUE(once.contains(id + "_0")) << id << " was lost";
  }
  stop = true;
}

}  // namespace
}  // namespace rappel
