#include "tune/logged_set.h"

#include <gtest/gtest.h>

#include "embed/test_embedder.h"
#include "eval/beir_set.h"
#include "retrieve/retrieval.h"
#include "store/conformance/test_store.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

class LoggedSetTest : public testing::Test {
 protected:
  void store(const std::string& id, const std::string& text, ChunkOptions chunk = {}) {
    RetrievalOptions options;
    options.chunk = chunk;
    Retrieval retrieval(store_, embedder_, nullptr, options, nullptr);
    ASSERT_TRUE(retrieval.upsert({{id, text, {}}}).ok());
  }
  Result<LoggedSet> write(const std::vector<LoggedQuestion>& questions) {
    return write_logged_set(
        questions, store_, folder(), [](std::size_t, std::size_t) {}, stop_.get_token());
  }
  std::filesystem::path folder() const { return parent_.path() / "set"; }
  std::vector<CorpusDocument> corpus() {
    std::vector<CorpusDocument> documents;
    EXPECT_TRUE(for_each_document(folder() / "corpus.jsonl", [&](CorpusDocument document) {
                  documents.push_back(std::move(document));
                  return Status();
                }).ok());
    return documents;
  }

  TempDir parent_;
  TestStore store_{2};
  TestEmbedder embedder_{2};
  std::stop_source stop_;
};

TEST_F(LoggedSetTest, IsReadBackAsItWasLogged) {
  store("a", "Otters swim in the river.");
  store("b c", "Herons wait at the bank.");
  store("unasked", "Badgers dig.");
  const auto made =
      write({{"who \"swims\"?", {"a", "b c_0", "gone"}}, {"who flies?", {"gone"}}, {"who waits?", {"b c"}}});
  ASSERT_TRUE(made.ok()) << made.status().to_string();
  EXPECT_EQ(made->documents, 3U);
  EXPECT_EQ(made->questions, 2U);
  EXPECT_EQ(made->answers, 3U);
  EXPECT_EQ(made->unknown, 2U);
  EXPECT_EQ(made->unanswered, 1U);
  EXPECT_EQ(made->example, "gone");
  const auto set = open_set(folder(), "test");
  ASSERT_TRUE(set.ok()) << set.status().to_string();
  EXPECT_EQ(set->judgements, (Judgements{{"q1", {{"a", 1}, {"b c", 1}}}, {"q2", {{"b c", 1}}}}));
  EXPECT_EQ(set->queries[0].text, "who \"swims\"?");
  EXPECT_EQ(set->queries[1].text, "who waits?");
  const auto documents = corpus();
  ASSERT_EQ(documents.size(), 3U);
  EXPECT_EQ(documents[1].text, "Herons wait at the bank.");
  EXPECT_FALSE(std::filesystem::exists(parent_.path() / "set.partial"));
}

TEST_F(LoggedSetTest, TextIsThatOfTheDocumentWithoutWhatChunksRepeat) {
  std::string text;
  for (int i = 0; i < 60; ++i)
    text += (i > 0 ? " Sentence " : "Sentence ") + std::to_string(i) + " über Otter.";
  store("long", text, {.tokens = 32, .overlap = 12, .min_chars = 40});
  ASSERT_GT(store_.stats()->chunks, 3);
  ASSERT_TRUE(write({{"q", {"long"}}}).ok());
  EXPECT_EQ(corpus()[0].text, text);
}

TEST_F(LoggedSetTest, FailuresLeaveNoFolder) {
  store("a", "Otters swim.");
  EXPECT_NE(
      write({{"q", {"x"}}}).status().message().find("none of the 1 answers of the log, for example 'x'"),
      std::string::npos);
  stop_.request_stop();
  EXPECT_EQ(write({{"q", {"a"}}}).status().code(), Code::kCancelled);
  EXPECT_FALSE(std::filesystem::exists(folder()));
  stop_ = {};
  EXPECT_TRUE(write({{"q", {"a"}}}).ok()) << "what an earlier attempt left is replaced";
  EXPECT_EQ(write({{"q", {"a"}}}).status().code(), Code::kFailedPrecondition) << "the set is there";
}

TEST_F(LoggedSetTest, IdThatJudgementsCannotHoldIsRefused) {
  store("a\tb", "Otters swim.");
  EXPECT_NE(write({{"q", {"a\tb"}}}).status().message().find("has a tab or a line end"), std::string::npos);
}

}  // namespace
}  // namespace rappel
