#include "server/stage_trace.h"

#include <utility>

namespace rappel {
namespace {

constexpr char kOperation[] = "gen_ai.operation.name";
constexpr char kProvider[] = "gen_ai.provider.name";
constexpr char kModel[] = "gen_ai.request.model";
constexpr char kDataSource[] = "gen_ai.data_source.id";
constexpr char kTopK[] = "gen_ai.request.top_k";
constexpr char kTokens[] = "gen_ai.usage.input_tokens";
constexpr char kDimension[] = "gen_ai.embeddings.dimension.count";
constexpr char kCandidates[] = "rappel.rerank.candidates";

std::string text(const char* words) { return words; }

std::vector<SpanAttribute> operation(const char* name) {
  return {{kOperation, text(name)}, {kProvider, text("rappel")}};
}

// "embeddings bge-m3".
std::vector<SpanAttribute> operation(const char* name, std::string_view model) {
  auto attributes = operation(name);
  attributes.emplace_back(kModel, std::string(model));
  return attributes;
}
std::string span_name(const char* operation, std::string_view model) {
  return std::string(operation) + " " + std::string(model);
}

std::int64_t count(std::size_t number) { return static_cast<std::int64_t>(number); }

std::string data_source(std::string_view collection) {
  return collection.empty() ? "default" : std::string(collection);
}

SpanClock::duration ticks(double milliseconds) {
  return std::chrono::duration_cast<SpanClock::duration>(
      std::chrono::duration<double, std::milli>(milliseconds));
}

// The stages of one retrieval, one after the other.
class Stages {
 public:
  Stages(RequestTrace& trace, const QueryTrace& what, std::string parent)
      : trace_(trace), what_(what), parent_(std::move(parent)), at_(what.begin) {}

  void embed(double milliseconds) {
    add(span_name("embeddings", what_.embedder), milliseconds, operation("embeddings", what_.embedder));
  }
  void search(const QueryOutput& output) {
    add("search", output.times.first_stages(), {{"rappel.results", count(output.results.size())}});
  }
  void rerank(const QueryOutput& output) {
    auto attributes = operation("rerank", what_.reranker);
    attributes.emplace_back(kCandidates, count(output.rerank_read));
    add(span_name("rerank", what_.reranker), output.times.rerank, std::move(attributes));
  }

 private:
  void add(std::string name, double milliseconds, std::vector<SpanAttribute> attributes) {
    const auto end = at_ + ticks(milliseconds);
    trace_.add(std::move(name), at_, end, std::move(attributes), parent_);
    at_ = end;
  }

  RequestTrace& trace_;
  const QueryTrace& what_;
  const std::string parent_;
  SpanClock::time_point at_;
};

}  // namespace

void trace_queries(RequestTrace& trace, const QueryTrace& what,
                   const Result<std::vector<QueryOutput>>& outputs) {
  auto attributes = operation("retrieval");
  attributes.emplace_back(kDataSource, data_source(what.collection));
  attributes.emplace_back(kTopK, count(what.top_k));
  if (!outputs.ok()) attributes.emplace_back("error.type", text(code_name(outputs.status().code())));
  Stages stages(trace, what,
                trace.add("retrieval", what.begin, what.end, std::move(attributes), {}, !outputs.ok()));
  if (!outputs.ok()) return;
  double embedding = 0;
  for (const QueryOutput& output : *outputs) embedding += output.times.embed;
  if (embedding > 0) stages.embed(embedding);
  for (const QueryOutput& output : *outputs) {
    stages.search(output);
    if (output.times.rerank > 0) stages.rerank(output);
  }
}

void trace_ingest(RequestTrace& trace, SpanClock::time_point begin, std::string_view collection,
                  const Status& status) {
  std::vector<SpanAttribute> attributes{{kDataSource, data_source(collection)}};
  if (!status.ok()) attributes.emplace_back("error.type", text(code_name(status.code())));
  trace.add("ingest", begin, SpanClock::now(), std::move(attributes), {}, !status.ok());
}

void trace_embeddings(RequestTrace* trace, SpanClock::time_point begin, std::string_view model,
                      std::size_t tokens, std::size_t dimension) {
  if (trace == nullptr) return;
  auto attributes = operation("embeddings", model);
  attributes.emplace_back(kTokens, count(tokens));
  attributes.emplace_back(kDimension, count(dimension));
  trace->add(span_name("embeddings", model), begin, SpanClock::now(), std::move(attributes));
}

void trace_rerank(RequestTrace* trace, SpanClock::time_point begin, std::string_view model,
                  std::size_t candidates, std::size_t tokens) {
  if (trace == nullptr) return;
  auto attributes = operation("rerank", model);
  attributes.emplace_back(kCandidates, count(candidates));
  attributes.emplace_back(kTokens, count(tokens));
  trace->add(span_name("rerank", model), begin, SpanClock::now(), std::move(attributes));
}

}  // namespace rappel
