#include "tune/set_evaluation.h"

#include <gtest/gtest.h>

#include "base/os/file.h"
#include "embed/test_embedder.h"
#include "store/conformance/test_store.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

Options options(std::vector<std::pair<const char*, const char*>> flags = {}) {
  OptionSources sources;
  for (const auto& [name, value] : flags) sources.flags.emplace_back(&find_option(name), value);
  return Options::resolve(sources, kEvalCommand).value();
}

// Eight documents, a question for each, and the modes dense and lexical.
class SetEvaluationTest : public testing::Test {
 protected:
  SetEvaluationTest() : variants_(eval_variants(options(), {{"dense", "lexical"}, {}}).value()) {
    std::string corpus, queries, judged;
    for (int i = 0; i < 8; ++i) {
      const std::string n = std::to_string(i);
      corpus += R"({"_id":"d)" + n + R"(","text":"otters at place )" + n + "\"}\n";
      queries += R"({"_id":"q)" + n + R"(","text":"place )" + n + "\"}\n";
      judged += "q" + n + "\td" + n + "\t1\n";
    }
    EXPECT_TRUE(write_file_atomic(folder_.path() / "corpus.jsonl", corpus).ok());
    EXPECT_TRUE(write_file_atomic(folder_.path() / "queries.jsonl", queries).ok());
    EXPECT_TRUE(write_file_atomic(folder_.path() / "qrels.tsv", judged).ok());
    set_ = open_set(folder_.path(), "test").value();
    corpus_ = check_corpus(set_.corpus).value();
  }

  // Stops when `stop_after` questions were asked in the phase of asking.
  Status evaluate(SetOutcome& outcome, int stop_after = 1000, const std::string& settings = "s") {
    std::stop_source stop;
    int phases = 0;
    asked_ = 0;
    const EvalEvents events{[&] { ++phases; },
                            [&](const std::string&, double done, double total) {
                              EXPECT_LE(done, total);
                              if (phases == 2 && ++asked_ == stop_after) stop.request_stop();
                            },
                            [&](const EvalVariant& variant, const rappel::Run& run) {
                              answered_ += variant.label + " " + std::to_string(run.size()) + ";";
                              return Status();
                            }};
    const SetEvaluation evaluation{set_, corpus_, variants_, {}, false, folder_.path() / "store", settings};
    return evaluate_set({store_, embedder_, scales_}, evaluation, events, stop.get_token(), outcome);
  }

  TempDir folder_;
  TestStore store_{2};
  TestEmbedder embedder_{2};
  SimilarityScales scales_{SimilarityScale()};
  std::vector<EvalVariant> variants_;
  JudgedSet set_;
  CorpusSummary corpus_;
  int asked_ = 0;
  std::string answered_;
};

TEST_F(SetEvaluationTest, StoresAsksAndScores) {
  SetOutcome outcome;
  const Status status = evaluate(outcome);
  ASSERT_TRUE(status.ok()) << status.to_string();
  EXPECT_EQ(outcome.stored, 8U);
  EXPECT_EQ(outcome.resumed, 0U);
  EXPECT_EQ(asked_, 16);
  EXPECT_EQ(answered_, "dense 8;lexical 8;");
  ASSERT_EQ(outcome.results.size(), 2U);
  EXPECT_EQ(outcome.results[1].label, "lexical");
  EXPECT_EQ(outcome.results[1].quality.mean(0), 1) << "only one document has the number";
  EXPECT_TRUE(outcome.notes.empty());
}

TEST_F(SetEvaluationTest, StoppedEvaluationGoesOnWithTheNextQuestion) {
  SetOutcome whole, stopped, rest;
  ASSERT_TRUE(evaluate(whole).ok());
  forget_answers(folder_.path() / "store");
  EXPECT_EQ(evaluate(stopped, 11).code(), Code::kCancelled);
  ASSERT_EQ(stopped.results.size(), 1U) << "a mode was finished, and another begun";
  ASSERT_TRUE(evaluate(rest).ok());
  EXPECT_EQ(rest.resumed, 11U);
  EXPECT_EQ(asked_, 5);
  ASSERT_EQ(rest.results.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i)
    EXPECT_EQ(rest.results[i].quality.values, whole.results[i].quality.values);
  EXPECT_EQ(rest.results[0].latency->p99, stopped.results[0].latency->p99) << "times are kept, too";
  SetOutcome again;
  ASSERT_TRUE(evaluate(again).ok());
  EXPECT_EQ(again.resumed, 16U) << "until they are forgotten";
  forget_answers(folder_.path() / "store");
  ASSERT_TRUE(evaluate(again).ok());
  EXPECT_EQ(asked_, 16);
}

TEST_F(SetEvaluationTest, AnswersOfOtherSettingsOrQuestionsAreNotUsed) {
  SetOutcome outcome, others;
  ASSERT_TRUE(evaluate(outcome).ok());
  ASSERT_TRUE(evaluate(others, 1000, "other settings").ok());
  EXPECT_EQ(others.resumed, 0U);
  set_.queries[0].text += " again";
  ASSERT_TRUE(evaluate(others).ok());
  EXPECT_EQ(others.resumed, 0U);
}

TEST_F(SetEvaluationTest, JudgedDocumentThatIsNotThereIsNoted) {
  set_.judgements["q0"]["gone"] = 1;
  SetOutcome outcome;
  ASSERT_TRUE(evaluate(outcome).ok());
  ASSERT_EQ(outcome.notes.size(), 1U);
  EXPECT_EQ(outcome.notes[0], "1 of 9 relevant documents are not in the corpus, and count as not found");
}

TEST(AnswerSettings, FollowEveryVariable) {
  EXPECT_EQ(answer_settings(options()), answer_settings(options({{"--modes", "dense"}})));
  EXPECT_NE(answer_settings(options()), answer_settings(options({{"RERANK_MAX_LEN", "100"}})));
}

}  // namespace
}  // namespace rappel
