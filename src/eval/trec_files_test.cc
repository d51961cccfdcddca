#include "eval/trec_files.h"

#include <gtest/gtest.h>

#include "base/os/file.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

class TrecFiles : public testing::Test {
 protected:
  std::filesystem::path file(std::string_view text) {
    const auto path = folder_.path() / "file";
    EXPECT_TRUE(write_file_atomic(path, text).ok());
    return path;
  }
  std::string judgements_error(std::string_view text) {
    return read_judgements(file(text)).status().message();
  }
  std::string run_error(std::string_view text) { return read_run(file(text)).status().message(); }

  TempDir folder_;
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST_F(TrecFiles, BeirJudgementsWithAndWithoutNames) {
  const Judgements expected{{"q 1", {{"d1", 2}, {"d2", 0}}}, {"q2", {{"d1", -1}}}};
  EXPECT_EQ(*read_judgements(file("query-id\tcorpus-id\tscore\nq 1\td1\t2\nq 1\td2\t0\r\n\nq2\td1\t-1\n")),
            expected);
  EXPECT_EQ(*read_judgements(file("\xEF\xBB\xBFq 1\td1\t2\nq 1\td2\t0\nq2\td1\t-1")), expected);
}

TEST_F(TrecFiles, TrecJudgements) {
  EXPECT_EQ(*read_judgements(file("1 0 d1 2\n1\t0\td2\t1\n2  0   d1 0\n")),
            (Judgements{{"1", {{"d1", 2}, {"d2", 1}}}, {"2", {{"d1", 0}}}}));
}

TEST_F(TrecFiles, JudgementErrorsNameFileAndLine) {
  EXPECT_TRUE(has(judgements_error("1 0 d1 2\n1 0 d2\n"), "file line 2: expected"));
  EXPECT_TRUE(
      has(judgements_error("q\td\t1\nq\te\tgood\n"), "line 2: the relevance 'good' is no whole number"));
  EXPECT_TRUE(has(judgements_error("q 0 d names\n"), "line 1: the relevance 'names'")) << "TREC has no names";
  EXPECT_TRUE(has(judgements_error("q 0 d 1.5\n"), "'1.5' is no whole number"));
  EXPECT_TRUE(
      has(judgements_error("q 0 d 1\nq 0 d 1\nq 0 d 0\n"), "line 3: document d of query q was judged 1"));
  EXPECT_TRUE(has(judgements_error("query-id\tcorpus-id\tscore\n"), "it has no judgements"));
  EXPECT_EQ(read_judgements(folder_.path() / "none").status().code(), Code::kNotFound);
}

TEST_F(TrecFiles, RunThatWasWrittenReadsBackTheSame) {
  const rappel::Run run{{"q1", {{"a", 0.1}, {"b", 1.0 / 3}, {"c", 1.0 / 3}}}, {"q2", {{"a", -2e-17}}}};
  const auto text = run_text(run, "dense");
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(*text,
            "q1 Q0 c 1 0.3333333333333333 dense\nq1 Q0 b 2 0.3333333333333333 dense\nq1 Q0 a 3 0.1 dense\n"
            "q2 Q0 a 1 -2e-17 dense\n");
  const auto read = read_run(file(*text));
  ASSERT_TRUE(read.ok()) << read.status().to_string();
  EXPECT_EQ(*run_text(*read, "dense"), *text);
}

TEST_F(TrecFiles, RunErrorsNameFileAndLine) {
  EXPECT_TRUE(has(run_error("q Q0 d 1 0.5 t\nq Q0 e 2 0.4\n"), "line 2: it has 5 columns instead of six"));
  EXPECT_TRUE(has(run_error("q Q0 d 1 nan t\n"), "line 1: the score 'nan'"));
  EXPECT_TRUE(has(run_error("q Q0 d 1 0.5 t\nq Q0 d 2 0.4 t\n"), "line 2: query q has document d twice"));
  EXPECT_TRUE(has(run_error("\n"), "it has no answers"));
}

TEST_F(TrecFiles, IdWithWhiteSpaceCannotBeWritten) {
  const auto text = run_text({{"q", {{"a b", 1}}}}, "dense");
  EXPECT_EQ(text.status().code(), Code::kInvalidArgument);
  EXPECT_TRUE(has(text.status().message(), "the id 'a b' has white space"));
}

}  // namespace
}  // namespace rappel
