#include "embed/local/local_reranker.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/cancelled.h"
#include "embed/local/description_file.h"
#include "embed/local/finite.h"
#include "embed/local/passage_windows.h"
#include "embed/local/tokenizing_turn.h"

namespace rappel {

LocalReranker::~LocalReranker() = default;

Result<std::unique_ptr<LocalReranker>> LocalReranker::load(std::string name,
                                                           std::shared_ptr<const ModelFiles> files,
                                                           Device& device, const RerankerOptions& options) {
  const ModelConfig& config = files->config();
  if (config.head != HeadKind::kClassification)
    return Status(
        Code::kFailedPrecondition,
        fmt::format("model {} is an embedding model and cannot rerank; choose a cross-encoder such as "
                    "BAAI/bge-reranker-v2-m3, or set RERANK_ENABLE=false",
                    name));
  std::unique_ptr<LocalReranker> reranker(new LocalReranker(options));
  reranker->name_ = std::move(name);
  RAPPEL_ASSIGN(reranker->description_, model_fault(read_reranker_description(files->folder())));
  reranker->options_.max_length = std::min(options.max_length, static_cast<std::size_t>(config.max_length));
  RAPPEL_ASSIGN(reranker->tokenizer_, load_tokenizer(*files));
  // The special tokens and one token of each text are the minimum.
  if (const std::size_t least = reranker->tokenizer_->special_tokens_pair() + 2;
      reranker->options_.max_length < least)
    return Status(Code::kInvalidArgument, fmt::format("max length {} is too small for a pair: at least {}",
                                                      reranker->options_.max_length, least));
  RAPPEL_ASSIGN(reranker->model_,
                LocalModel::load(files, device, reranker->options_.max_length, "reranker", options));
  reranker->files_ = std::move(files);
  return reranker;
}

void LocalReranker::add_windows(const std::vector<TokenId>& query, const std::vector<TokenId>& passage,
                                bool best_window, Pairs& pairs) const {
  const PairOptions pair{options_.max_length, options_.query_max_length};
  const std::size_t most = pair.query_max_length == 0 ? pair.max_length * 3 / 4 : pair.query_max_length;
  const std::size_t taken = tokenizer_->special_tokens_pair() + std::min(query.size(), most);
  const std::size_t room = pair.max_length > taken ? pair.max_length - taken : 0;
  const auto windows =
      best_window ? passage_windows(passage.size(), room) : std::vector<TokenWindow>{{0, passage.size()}};
  for (const TokenWindow& window : windows) {
    const auto begin = passage.begin();
    const std::vector<TokenId> part(begin + static_cast<std::ptrdiff_t>(window.begin),
                                    begin + static_cast<std::ptrdiff_t>(window.end));
    pairs.encodings.push_back(tokenizer_->encode_pair(query, part, pair));
  }
  pairs.windows.push_back(windows.size());
  if (query.size() > most || (!best_window && passage.size() > room)) ++pairs.cut;
}

Result<LocalReranker::Pairs> LocalReranker::tokenize(std::span<const RerankJob> jobs,
                                                     const std::stop_token& cancel) {
  std::size_t bytes = 0;
  for (const RerankJob& job : jobs) {
    bytes += job.query.size();
    for (const std::string& passage : job.passages) bytes += passage.size();
  }
  TokenizingTurn turn(large_requests_, bytes);
  Pairs pairs;
  for (const RerankJob& job : jobs) {
    turn.next(job.query.size());
    const std::vector<TokenId> query = tokenizer_->encode_bare(job.query, cancel);
    for (const std::string& passage : job.passages) {
      turn.next(passage.size());
      add_windows(query, tokenizer_->encode_bare(passage, cancel), job.best_window, pairs);
    }
    if (cancel.stop_requested()) return request_cancelled();
  }
  return pairs;
}

Result<std::vector<float>> LocalReranker::pair_logits(std::span<const RerankJob> jobs,
                                                      const CallContext& call) {
  RAPPEL_ASSIGN(const Pairs tokenized, tokenize(jobs, call.cancel));
  return pair_logits(tokenized, call);
}

Result<std::vector<float>> LocalReranker::pair_logits(const Pairs& tokenized, const CallContext& call) {
  truncated_ += tokenized.cut;
  std::vector<EncodeJob> pairs(tokenized.encodings.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    pairs[i].ids = tokenized.encodings[i].ids;
    pairs[i].type_ids = tokenized.encodings[i].type_ids;
  }
  RunOptions options;
  options.heads.logits = true;
  options.flow = call.flow;
  options.cancel = call.cancel;
  RAPPEL_TRY(model_.scheduler->run(pairs, options));
  std::vector<float> logits;
  for (const EncodeJob& done : pairs) logits.push_back(done.logit);
  if (!all_finite(logits)) return not_finite(name_, "RERANK_PRECISION");
  std::vector<float> best;
  auto window = logits.begin();
  for (const std::size_t windows : tokenized.windows) {
    const auto end = window + static_cast<std::ptrdiff_t>(windows);
    best.push_back(*std::max_element(window, end));
    window = end;
  }
  return best;
}

Result<std::vector<float>> LocalReranker::logits(const std::string& query,
                                                 std::span<const std::string> passages,
                                                 const CallContext& call) {
  const RerankJob job{query, {passages.begin(), passages.end()}};
  return pair_logits({&job, 1}, call);
}

Result<PairScores> LocalReranker::score_pairs(const RerankJob& job, bool refuse_longer,
                                              const CallContext& call) {
  RAPPEL_ASSIGN(const Pairs pairs, tokenize({&job, 1}, call.cancel));
  if (refuse_longer && pairs.cut > 0)
    return Status(Code::kInvalidArgument,
                  fmt::format("a query and its text have more than the {} tokens that the model reads; send "
                              "shorter texts, or allow truncation",
                              options_.max_length))
        .with_id(kTextTooLong);
  PairScores scores;
  scores.cut = pairs.cut;
  for (const Encoding& encoding : pairs.encodings) scores.tokens += encoding.ids.size();
  RAPPEL_ASSIGN(scores.logits, pair_logits(pairs, call));
  return scores;
}

Result<std::vector<std::vector<double>>> LocalReranker::scores(std::span<const RerankJob> jobs,
                                                               const CallContext& call) {
  RAPPEL_ASSIGN(const std::vector<float> raw, pair_logits(jobs, call));
  std::vector<std::vector<double>> scores;
  auto logit = raw.begin();
  for (const RerankJob& job : jobs) {
    std::vector<double>& of_job = scores.emplace_back();
    for (std::size_t p = 0; p < job.passages.size(); ++p)
      of_job.push_back(1.0 / (1.0 + std::exp(-double{*logit++})));
  }
  return scores;
}

Result<BatchChoice> LocalReranker::warm_up() {
  std::string passage;
  for (int i = 0; i < 40; ++i) passage += "warm up ";
  const std::string passages[] = {"warm up", passage};
  RAPPEL_TRY(logits("warm up", passages).status());
  const std::vector<TokenId> query = tokenizer_->encode_bare("warm up");
  const PairOptions pair{options_.max_length, options_.query_max_length};
  const Encoding text = tokenizer_->encode_pair(query, tokenizer_->encode_bare(passage), pair);
  HeadOutputs outputs;
  const auto forward = [&](const PackedTokens& batch) {
    return model_.encoder->forward(batch, {.logits = true}, outputs);
  };
  return model_.choose_batch(text.ids, forward);
}

}  // namespace rappel
