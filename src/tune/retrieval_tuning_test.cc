#include "tune/retrieval_tuning.h"

#include <gtest/gtest.h>

#include "embed/test_embedder.h"
#include "store/conformance/test_store.h"
#include "tune/eval_questions.h"

namespace rappel {
namespace {

constexpr int kTopics = 30;

std::string number(int i) { return std::to_string(i); }

// A document and a question for each topic. Words find the document, because both have the topic's own word;
// vectors find that of the next topic.
class RetrievalTuningTest : public testing::Test {
 protected:
  RetrievalTuningTest() {
    embedder_.weights = {};
    std::vector<NewDocument> documents;
    for (int i = 0; i < kTopics; ++i) {
      const std::string id = "d" + number(i), question = "where is word" + number(i) + " kept";
      NewDocument& document = documents.emplace_back();
      document.id = id;
      document.chunks.push_back({"the word" + number(i) + " is kept here", 0, 1, unit(i)});
      embedder_.vectors[question] = unit((i + 1) % kTopics);
      set_.queries.push_back({"q" + number(i), question});
      set_.judgements["q" + number(i)][id] = 1;
    }
    EXPECT_TRUE(store_.upsert(std::move(documents)).ok());
    options_.rerank = false;
  }

  static std::vector<float> unit(int i) {
    std::vector<float> vector(kTopics, 0.0f);
    vector[static_cast<std::size_t>(i)] = 1;
    return vector;
  }

  EvalParts parts(Reranker* reranker) { return {store_, embedder_, scales_, reranker}; }
  Result<RetrievalTuning> tune(Reranker* reranker = nullptr) {
    return tune_retrieval(
        parts(reranker), {set_, false, options_, {}}, [](const std::string&, double, double) {},
        stop_.get_token());
  }
  // nDCG@10 by the plan of a query with these settings: the twin.
  double asked(const RetrievalChoice& choice) {
    RetrievalOptions options = options_;
    options.weights = choice.weights;
    options.rerank = choice.rerank > 0;
    options.rerank_candidates = choice.rerank;
    const QueryParts query_parts{store_, embedder_, scales_, &reranker_, options, nullptr};
    const auto answers = ask_eval_questions(query_parts, {set_.queries}, [](std::size_t) {}, {});
    EXPECT_TRUE(answers.ok()) << answers.status().to_string();
    return evaluate(set_.judgements, answers->run).mean(0);
  }
  // As it is when the reranker prefers the topic of the question, or the opposite.
  void let_reranker_be(bool right) {
    reranker_.score = [right](const std::string& query, const std::string& passage) {
      const bool same = passage.find(query.substr(9, query.find(' ', 9) - 9) + " ") != std::string::npos;
      return same == right ? 0.9 : 0.1;
    };
  }

  TestStore store_{kTopics};
  TestEmbedder embedder_{kTopics};
  TestReranker reranker_;
  SimilarityScales scales_{SimilarityScale()};
  RetrievalOptions options_;
  JudgedSet set_;
  std::stop_source stop_;
};

TEST_F(RetrievalTuningTest, WeightsThatHelpAreFound) {
  options_.weights.dense = 0.9;
  const auto tuning = tune();
  ASSERT_TRUE(tuning.ok()) << tuning.status().to_string();
  ASSERT_TRUE(tuning->weights.has_value());
  EXPECT_FALSE(tuning->reranking.has_value());
  const TuningStep& step = *tuning->weights;
  EXPECT_TRUE(step.found.is_better());
  EXPECT_LT(step.result().weights.dense, 0.9);
  EXPECT_EQ(step.found.means[step.found.best], 1);
  EXPECT_EQ(step.choices.size(), 21U) << "the model has no weights of tokens";
}

TEST_F(RetrievalTuningTest, EveryChoiceIsJudgedAsThePlanOfAQueryAnswers) {
  options_.weights.dense = 0.33;
  options_.rerank_candidates = 4;
  options_.rerank = true;
  let_reranker_be(true);
  const auto tuning = tune(&reranker_);
  ASSERT_TRUE(tuning.ok()) << tuning.status().to_string();
  EXPECT_EQ(tuning->weights->choices.size(), 22U) << "with the weights in force";
  for (const TuningStep* step : {&*tuning->weights, &*tuning->reranking})
    for (std::size_t i = 0; i < step->choices.size(); ++i) {
      if (step == &*tuning->weights) options_.rerank = false;
      EXPECT_NEAR(step->found.means[i], asked(step->choices[i]), 1e-12)
          << step->choices[i].weights.dense << " " << step->choices[i].rerank;
    }
}

TEST_F(RetrievalTuningTest, NothingIsChangedWithoutAGain) {
  options_.weights.dense = 0;
  const auto tuning = tune();
  ASSERT_TRUE(tuning.ok());
  EXPECT_FALSE(tuning->weights->found.is_better());
  EXPECT_EQ(tuning->weights->found.best, tuning->weights->found.baseline);
}

TEST_F(RetrievalTuningTest, RerankerThatHarmsIsTurnedOff) {
  options_.rerank = true;
  options_.rerank_candidates = 5;
  options_.weights.dense = 0;
  let_reranker_be(false);
  const auto harmed = tune(&reranker_);
  ASSERT_TRUE(harmed.ok()) << harmed.status().to_string();
  EXPECT_TRUE(harmed->reranking->found.is_better());
  EXPECT_EQ(harmed->reranking->result().rerank, 0U);
  for (const auto& call : reranker_.calls) EXPECT_EQ(call.size(), 1U) << "each question is read once";
  EXPECT_EQ(reranker_.calls.size(), static_cast<std::size_t>(kTopics));
}

TEST_F(RetrievalTuningTest, ModesWithoutWeightsKeepThem) {
  options_.mode = SearchMode::kLexical;
  const auto tuning = tune();
  ASSERT_TRUE(tuning.ok());
  EXPECT_FALSE(tuning->weights.has_value());
}

TEST_F(RetrievalTuningTest, FewQuestionsAndAStopAreErrors) {
  stop_.request_stop();
  EXPECT_EQ(tune().status().code(), Code::kCancelled);
  set_.queries.resize(19);
  EXPECT_NE(tune().status().message().find("19 judged questions"), std::string::npos);
}

}  // namespace
}  // namespace rappel
