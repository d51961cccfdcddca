// Embedder and reranker that compute with numbers a test gives: no model, no files.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "embed/embedder.h"
#include "embed/reranker.h"

namespace rappel {

// Words, separated by blanks, are tokens. A text's vector is vectors[text], or the vector "" if there is
// none.
class TestEmbedder final : public Embedder {
 public:
  explicit TestEmbedder(int dimension) : identity_{"test", dimension, "1"} {
    vectors[""] = std::vector<float>(static_cast<std::size_t>(dimension), 0.0f);
    vectors[""][0] = 1;
  }

  Result<std::vector<Embedding>> embed(std::span<const std::string> texts,
                                       const EmbedRequest& request) override {
    ++calls;
    flows.push_back(request.flow);
    if (during) during();
    if (request.cancel.stop_requested()) return Status(Code::kCancelled, "cancelled");
    if (!failure.ok()) return failure;
    std::vector<Embedding> out;
    for (const std::string& text : texts) {
      Embedding& embedding = out.emplace_back();
      embedding.dense = vector_of(text);
      const std::size_t words = 1 + static_cast<std::size_t>(std::count(text.begin(), text.end(), ' '));
      embedding.cut = words > room;
      if (embedding.cut && request.overlong == Overlong::kRefuse)
        return Status(Code::kInvalidArgument, "a text is too long").with_id(kTextTooLong);
      embedding.input_ids.resize(std::min(words, room));
      if (request.sparse) embedding.sparse = weights;
      if (request.colbert) add_token_vectors(text, embedding);
    }
    return out;
  }
  Result<std::vector<Embedding>> embed_queries(std::span<const std::string> queries,
                                               const CallContext& call) override {
    return embed(queries, {.sparse = has_sparse(), .flow = call.flow, .cancel = call.cancel});
  }
  const ModelIdentity& identity() const override { return identity_; }
  bool has_sparse() const override { return !weights.empty(); }
  bool has_colbert() const override { return token_dimension > 0; }
  std::size_t max_length() const override { return room; }
  std::size_t passage_room() const override { return room; }
  Result<std::vector<ByteRange>> token_ranges(std::string_view text, std::stop_token cancel) const override {
    if (cancel.stop_requested()) return Status(Code::kCancelled, "cancelled");
    std::vector<ByteRange> ranges;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find(' ', at), text.size());
      if (end > at) ranges.push_back({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end)});
      at = end + 1;
    }
    return ranges;
  }

  std::map<std::string, std::vector<float>> vectors;
  std::vector<std::pair<TokenId, float>> weights;  // of every text; none: there is no sparse head
  std::size_t token_dimension = 0;                 // of a vector for each token; 0: there are none
  std::function<void()> during;                    // called inside each call
  Status failure;                                  // if set, every call fails with it
  std::size_t room = 512;
  int calls = 0;
  std::vector<FlowId> flows;  // of the calls

 private:
  void add_token_vectors(const std::string& text, Embedding& embedding) const {
    const std::size_t tokens = token_ranges(text, {})->size();
    embedding.input_ids.resize(tokens + 1);  // the first is the start of the text
    embedding.colbert.assign(tokens * token_dimension, 0.5f);
  }
  std::vector<float> vector_of(const std::string& text) const {
    const auto it = vectors.find(text);
    return it != vectors.end() ? it->second : vectors.at("");
  }
  ModelIdentity identity_;
};

class TestReranker final : public Reranker {
 public:
  using Reranker::scores;
  Result<std::vector<std::vector<double>>> scores(std::span<const RerankJob> jobs,
                                                  const CallContext& call) override {
    flows.push_back(call.flow);
    calls.emplace_back(jobs.begin(), jobs.end());
    if (during) during();
    if (!failure.ok()) return failure;
    std::vector<std::vector<double>> out;
    for (const RerankJob& job : jobs) {
      out.emplace_back();
      for (const std::string& passage : job.passages) out.back().push_back(score(job.query, passage));
    }
    return out;
  }
  Result<PairScores> score_pairs(const RerankJob& job, bool refuse_longer, const CallContext& call) override {
    PairScores out;
    for (const std::string& passage : job.passages) {
      const std::size_t words = 1 + static_cast<std::size_t>(std::count(passage.begin(), passage.end(), ' '));
      out.tokens += std::min(words, room);
      if (words > room) ++out.cut;
    }
    if (refuse_longer && out.cut > 0)
      return Status(Code::kInvalidArgument, "a text is too long").with_id(kTextTooLong);
    auto all = scores({&job, 1}, call);
    if (!all.ok()) return all.status();
    for (const double p : all->front()) out.logits.push_back(static_cast<float>(std::log(p / (1 - p))));
    return out;
  }
  std::size_t max_length() const override { return room; }
  const std::string& name() const override { return name_; }
  RerankerDescription description() const override { return described; }

  std::function<double(const std::string& query, const std::string& passage)> score =
      [](const std::string&, const std::string&) { return 0.5; };
  std::function<void()> during;  // called inside each call
  Status failure;                // if set, every call fails with it
  RerankerDescription described;
  std::size_t room = 512;  // words of a passage
  std::vector<std::vector<RerankJob>> calls;
  std::vector<FlowId> flows;  // of the calls

 private:
  std::string name_ = "test reranker";
};

}  // namespace rappel
