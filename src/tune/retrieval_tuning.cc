#include "tune/retrieval_tuning.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "base/cancelled.h"
#include "embed/embedder.h"
#include "retrieve/gather.h"
#include "retrieve/query_language.h"
#include "retrieve/rerank.h"
#include "tune/eval_questions.h"

namespace rappel {
namespace {

constexpr int kDenseStep = 5, kSparseStep = 25;  // percent
constexpr std::size_t kLeastQuestions = 20;
constexpr std::size_t kDepths[] = {0, 3, 5, 10, 20, 50};

bool has_weights(SearchMode mode) { return mode == SearchMode::kHybrid || mode == SearchMode::kMinMax; }

bool same(const RetrievalChoice& a, const RetrievalChoice& b) {
  constexpr double kRounding = 1e-9;
  return std::abs(a.weights.dense - b.weights.dense) < kRounding &&
         std::abs(a.weights.sparse - b.weights.sparse) < kRounding && a.rerank == b.rerank;
}

// A step with its choices; the one in force is the baseline, and is added if it is not there.
TuningStep step_of(std::string name, std::vector<RetrievalChoice> choices, const RetrievalChoice& in_force) {
  TuningStep step{std::move(name), std::move(choices), {}};
  const auto found = std::find_if(step.choices.begin(), step.choices.end(),
                                  [&](const RetrievalChoice& choice) { return same(choice, in_force); });
  step.found.baseline = static_cast<std::size_t>(found - step.choices.begin());
  if (found == step.choices.end()) step.choices.push_back(in_force);
  return step;
}

std::vector<RetrievalChoice> weight_choices(const FusionWeights& in_force, bool has_sparse) {
  std::vector<RetrievalChoice> choices;
  for (int dense = 0; dense <= 100; dense += kDenseStep) {
    if (!has_sparse) choices.push_back({{dense / 100.0, in_force.sparse}});
    for (int sparse = 0; has_sparse && sparse <= 100; sparse += kSparseStep)
      choices.push_back({{dense / 100.0, sparse / 100.0}});
  }
  return choices;
}

class Tuner {
 public:
  Tuner(const EvalParts& parts, const TuningQuestions& questions, const RetrievalTuningProgress& progress,
        const std::stop_token& stop)
      : questions_(questions),
        options_(questions.options),
        parts_{parts.store, parts.embedder, parts.scales, parts.reranker, options_, parts.logger},
        progress_(progress),
        stop_(stop) {}

  Result<RetrievalTuning> run() {
    RAPPEL_ASSIGN(const StoreStats stats, parts_.store.stats());
    depth_ = eval_chunk_depth(stats);
    RetrievalTuning tuning;
    if (has_weights(options_.mode)) {
      RAPPEL_ASSIGN(tuning.weights, tune_weights());
      options_.weights = tuning.weights->result().weights;
    }
    if (parts_.reranker != nullptr) {
      RAPPEL_ASSIGN(tuning.reranking, tune_reranking());
    }
    return tuning;
  }

 private:
  using Values = std::vector<std::vector<double>>;  // by choice and question

  Result<TuningStep> tune_weights() {
    const bool has_sparse = parts_.embedder.has_sparse() && parts_.store.info().sparse;
    TuningStep step = step_of("weights", weight_choices(options_.weights, has_sparse), {options_.weights, 0});
    RAPPEL_ASSIGN(step.found,
                  judged(step, [&](const JudgedQuery& query, StoreReader& reader, Values& values) {
                    return try_weights(query, reader, step.choices, values);
                  }));
    return step;
  }

  Result<TuningStep> tune_reranking() {
    const std::size_t limit = parts_.reranker->description().depth;
    const auto readable = [&](std::size_t depth) { return limit == 0 ? depth : std::min(depth, limit); };
    std::vector<RetrievalChoice> choices;
    for (const std::size_t depth : kDepths)
      if (readable(depth) == depth) choices.push_back({options_.weights, depth});
    const std::size_t in_force = options_.rerank ? readable(options_.rerank_candidates) : 0;
    TuningStep step = step_of("reranking", std::move(choices), {options_.weights, in_force});
    RAPPEL_ASSIGN(step.found,
                  judged(step, [&](const JudgedQuery& query, StoreReader& reader, Values& values) {
                    return try_depths(query, reader, step.choices, values);
                  }));
    return step;
  }

  // Each question by `judge`, which adds the value of each choice.
  template <class Judge>
  Result<CrossValidation> judged(const TuningStep& step, Judge judge) {
    Values values(step.choices.size());
    const auto& queries = questions_.set.queries;
    for (std::size_t i = 0; i < queries.size(); ++i) {
      if (stop_.stop_requested()) return request_cancelled();
      RAPPEL_ASSIGN(const auto reader, open_reader(parts_.store));
      RAPPEL_TRY(judge(queries[i], *reader, values));
      progress_(step.name, static_cast<double>(i + 1), static_cast<double>(queries.size()));
    }
    return cross_validate(values, step.found.baseline, questions_.validation);
  }

  Status try_weights(const JudgedQuery& query, StoreReader& reader, std::span<const RetrievalChoice> choices,
                     Values& values) {
    RAPPEL_ASSIGN(Gathered found, gather(query, reader));
    for (Candidate& candidate : found.candidates) candidate.chunk.text = {};  // copied for each choice
    for (std::size_t i = 0; i < choices.size(); ++i)
      values[i].push_back(value_of(query, fused(found, choices[i].weights)));
    return {};
  }

  // All choices have the weights in force.
  Status try_depths(const JudgedQuery& query, StoreReader& reader, std::span<const RetrievalChoice> choices,
                    Values& values) {
    RAPPEL_ASSIGN(const Gathered found, gather(query, reader));
    const std::vector<Candidate> order = fused(found, options_.weights);
    const double weight = rerank_weight(parts_.reranker->description(), options_.rerank_mode,
                                        query_language(query.text, order));
    std::size_t deepest = 0;
    for (const RetrievalChoice& choice : choices) deepest = std::max(deepest, choice.rerank);
    std::vector<double> scores;
    if (weight > 0) {
      RAPPEL_ASSIGN(scores, rerank_scores(query, std::span(order).first(std::min(deepest, order.size()))));
    }
    for (std::size_t i = 0; i < choices.size(); ++i) {
      std::vector<Candidate> reranked = order;
      const std::size_t depth = std::min(choices[i].rerank, scores.size());
      if (depth > 0) apply_rerank_scores(reranked, std::span(scores).first(depth), weight);
      values[i].push_back(value_of(query, reranked));
    }
    return {};
  }

  Result<std::vector<double>> rerank_scores(const JudgedQuery& query, std::span<const Candidate> candidates) {
    std::vector<std::string> passages;
    for (const Candidate& candidate : candidates) passages.push_back(candidate.chunk.text);
    return parts_.reranker->scores(query.text, passages, CallContext(stop_));
  }

  // With the chunks.
  Result<Gathered> gather(const JudgedQuery& query, StoreReader& reader) {
    std::vector<Embedding> embeddings(1);
    if (uses_embedding(options_.mode)) {
      RAPPEL_ASSIGN(embeddings, parts_.embedder.embed_queries({&query.text, 1}, CallContext(stop_)));
    }
    RAPPEL_ASSIGN(Gathered found, gather_candidates(parts_, reader, {.text = query.text}, embeddings[0],
                                                    depth_, CallContext(stop_)));
    AnswerMeter meter(nullptr, "");
    RAPPEL_TRY(load_chunks(reader, meter, found.candidates));
    return found;
  }

  std::vector<Candidate> fused(const Gathered& found, const FusionWeights& weights) const {
    std::vector<Candidate> candidates = found.candidates;
    fuse(options_.mode, found.scales, weights, candidates);
    if (candidates.size() > depth_) candidates.resize(depth_);
    return candidates;
  }

  // nDCG@10, as rappel eval computes it.
  double value_of(const JudgedQuery& query, std::span<const Candidate> candidates) const {
    DocumentRanking ranking(questions_.same_ids ? std::string() : query.id);
    for (const Candidate& candidate : candidates) ranking.add(candidate.chunk.document_id, candidate.score);
    return evaluate({{query.id, questions_.set.judgements.at(query.id)}}, {{query.id, ranking.take()}})
        .mean(0);
  }

  const TuningQuestions& questions_;
  RetrievalOptions options_;  // in force, then with the weights that were found
  const QueryParts parts_;
  const RetrievalTuningProgress& progress_;
  const std::stop_token& stop_;
  std::size_t depth_ = 0;  // chunks of an answer
};

}  // namespace

Status enough_questions(const JudgedSet& set) {
  if (set.queries.size() >= kLeastQuestions) return {};
  return Status(Code::kInvalidArgument,
                fmt::format("cannot tune by {} judged questions: fewer than {} say little about others; "
                            "judge more (`rappel eval --from-log`)",
                            set.queries.size(), kLeastQuestions));
}

Result<RetrievalTuning> tune_retrieval(const EvalParts& parts, const TuningQuestions& questions,
                                       const RetrievalTuningProgress& progress, const std::stop_token& stop) {
  RAPPEL_TRY(enough_questions(questions.set));
  return Tuner(parts, questions, progress, stop).run();
}

}  // namespace rappel
