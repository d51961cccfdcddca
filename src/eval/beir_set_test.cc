#include "eval/beir_set.h"

#include <gtest/gtest.h>

#include "base/os/file.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

class BeirSet : public testing::Test {
 protected:
  BeirSet() {
    put("corpus.jsonl", R"({"_id":"d1","title":"Otters","text":"They swim.","metadata":{}})"
                        "\n"
                        R"({"_id":2,"title":"","text":"No title."})"
                        "\n"
                        R"({"_id":"d3","text":""})"
                        "\n");
    put("queries.jsonl",
        "{\"_id\":\"q2\",\"text\":\"b\"}\n{\"_id\":\"q1\",\"text\":\"a\"}\n"
        "{\"_id\":\"unjudged\",\"text\":\"c\"}\n");
    put("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\t2\t1\n");
  }

  void put(const fs::path& name, std::string_view text) {
    fs::create_directories((root() / name).parent_path());
    ASSERT_TRUE(write_file_atomic(root() / name, text).ok());
  }
  fs::path root() const { return folder_.path() / "otters"; }
  std::string error() { return open_set(root(), "test").status().message(); }
  std::string corpus_error(std::string_view text) {
    put("corpus.jsonl", text);
    return check_corpus(root() / "corpus.jsonl").status().message();
  }

  TempDir folder_;
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST_F(BeirSet, JudgedQueriesOnly) {
  const auto set = open_set(root() / "", "test");
  ASSERT_TRUE(set.ok()) << set.status().to_string();
  EXPECT_EQ(set->name, "otters") << "also with a slash at the end";
  ASSERT_EQ(set->queries.size(), 2U);
  EXPECT_EQ(set->queries[0].id, "q2");
  EXPECT_EQ(set->queries[1].text, "a");
}

TEST_F(BeirSet, TitleStandsBeforeTheText) {
  std::vector<std::string> texts;
  const Status read = for_each_document(root() / "corpus.jsonl", [&](const CorpusDocument& document) {
    texts.push_back(document.id + ": " + document.text);
    return Status();
  });
  EXPECT_TRUE(read.ok());
  EXPECT_EQ(texts, (std::vector<std::string>{"d1: Otters They swim.", "2: No title.", "d3: "}));
}

TEST_F(BeirSet, PlainTrecJudgements) {
  fs::remove_all(root() / "qrels");
  put("qrels", "q1 0 d1 2\n");
  const auto set = open_set(root(), "test");
  ASSERT_TRUE(set.ok()) << set.status().to_string();
  EXPECT_EQ(set->judgements, (Judgements{{"q1", {{"d1", 2}}}}));
}

TEST_F(BeirSet, MissingFilesAreNamedWithARemedy) {
  EXPECT_TRUE(has(open_set(root(), "dev").status().message(), "splits: test; choose one with --split"));
  EXPECT_TRUE(has(open_set(folder_.path() / "none", "test").status().message(), "name the folder"));
  fs::remove(root() / "queries.jsonl");
  EXPECT_TRUE(has(error(), "there is no " + (root() / "queries.jsonl").string()));
  fs::remove_all(root() / "qrels");
  EXPECT_TRUE(has(error(), "corpus.jsonl, queries.jsonl and qrels/SPLIT.tsv"));
}

TEST_F(BeirSet, QueryErrors) {
  put("qrels/test.tsv", "q1\td1\t1\nq9\td1\t1\n");
  EXPECT_TRUE(has(error(), "queries.jsonl: query q9 is judged, but it is not there"));
  put("queries.jsonl", "{\"_id\":\"q1\",\"text\":\"a\"}\n{\"_id\":\"q1\",\"text\":\"b\"}\n");
  EXPECT_TRUE(has(error(), "query q1 is there twice"));
  put("queries.jsonl", "{\"_id\":\"q1\"}\n");
  EXPECT_TRUE(has(error(), "queries.jsonl line 1: the member \"text\" is missing"));
}

TEST_F(BeirSet, CorpusErrorsNameTheLine) {
  EXPECT_TRUE(has(corpus_error("{\"_id\":\"a\",\"text\":\"x\"}\n{\"id\":\"b\",\"text\":\"x\"}\n"),
                  "corpus.jsonl line 2: the member \"_id\" is missing"));
  EXPECT_TRUE(has(corpus_error("{\"_id\":\"a\",\"text\":\"x\"}\n\n{\"_id\":\"a\",\"text\":\"y\"}\n"),
                  "line 3: document a is there twice"));
  EXPECT_TRUE(has(corpus_error("[1]\n"), "line 1: it is no JSON object"));
  EXPECT_TRUE(has(corpus_error("{\"_id\":\"a\","), "corpus.jsonl line 1: "));
  EXPECT_TRUE(has(corpus_error(""), "it has no documents"));
}

TEST_F(BeirSet, DigestFollowsIdsAndTexts) {
  const auto digest = [&](std::string_view text) {
    EXPECT_EQ(corpus_error(text), "");
    return check_corpus(root() / "corpus.jsonl")->digest;
  };
  const std::string first = digest("{\"_id\":\"a\",\"text\":\"bc\"}\n");
  EXPECT_EQ(digest("{ \"text\": \"bc\", \"_id\": \"a\", \"more\": 1 }"), first) << "the same documents";
  EXPECT_NE(digest("{\"_id\":\"ab\",\"text\":\"c\"}\n"), first);
  EXPECT_NE(digest("{\"_id\":\"a\",\"text\":\"bd\"}\n"), first);
}

}  // namespace
}  // namespace rappel
