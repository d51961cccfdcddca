#include "server/search/search.h"

#include <utility>

#include "server/documents/assets.h"
#include "server/input/degraded.h"
#include "server/input/errors.h"
#include "server/input/json_body.h"
#include "server/search/requests.h"
#include "server/search/responses.h"

namespace rappel {
namespace {

class Search : public Protocol {
 public:
  explicit Search(const ProtocolContext& context);

  std::string_view name() const override { return "search"; }
  std::span<const Route> routes() const override { return routes_; }
  Response refuse(const Refusal& refusal) const override { return plugin_refusal(refusal); }
  // The documents of the old local server speak of no token.
  std::string_view openapi() const override { return local_ ? std::string_view() : asset("search-api.json"); }

 private:
  using Handler = Response (Search::*)(const Request&) const;
  Route route(std::string_view path, Handler handler) const;

  Response search(const Request& request) const;
  Response why(const Request& request) const;
  // answer(input), or the refusal of a request that the readers do not accept.
  template <class Body, class Query, class Answer>
  Response with_input(const Request& request, const Body& read_body, const Query& read_query,
                      const Answer& answer) const;
  ByteHold memory_of(const Request& request) const {
    return ByteHold(request.memory, request.head.caller, max_answer_bytes_);
  }

  const CoreGate& gate_;
  const std::size_t max_top_k_;
  const std::size_t max_answer_bytes_;
  const bool local_;
  std::vector<Route> routes_;
};

Search::Search(const ProtocolContext& context)
    : gate_(context.gate),
      max_top_k_(context.options.max_top_k),
      max_answer_bytes_(context.options.max_answer_bytes),
      local_(context.options.local),
      routes_{route("/v1/search", &Search::search), route("/v1/why", &Search::why)} {}

Route Search::route(std::string_view path, Handler handler) const {
  return {path,
          {Method::kGet, Method::kPost},
          Work::kQuick,
          Access::kToken,
          [this, handler](const Request& request) { return (this->*handler)(request); },
          [this](const RequestHead& head) { return gate_.refuse_early(head); }};
}

template <class Body, class Query, class Answer>
Response Search::with_input(const Request& request, const Body& read_body, const Query& read_query,
                            const Answer& answer) const {
  FieldErrors errors;
  if (request.head.method == Method::kGet) {
    auto input = read_query(request.head.query_string, max_top_k_, errors);
    return errors.empty() ? answer(std::move(input)) : validation_response(errors);
  }
  auto json = read_json_body(request);
  if (auto* refusal = std::get_if<Response>(&json)) return std::move(*refusal);
  auto input = read_body(std::get<JsonBody>(json).value, max_top_k_, errors);
  return errors.empty() ? answer(std::move(input)) : validation_response(errors);
}

Response Search::search(const Request& request) const {
  return with_input(request, read_search_request, read_search_query, [&](QueryInput query) {
    ByteHold memory = memory_of(request);
    auto outputs = gate_.core(request.head).query({std::move(query)}, {request.call(), &memory});
    if (!outputs.ok()) return plugin_refusal(gate_.refuse(request.head, outputs.status()));
    auto degraded = degraded_parts(*outputs, gate_.index_degraded());
    return search_response(std::move(outputs->front()), std::move(degraded), std::move(memory));
  });
}

Response Search::why(const Request& request) const {
  return with_input(request, read_why_request, read_why_query, [&](WhyInput input) {
    ByteHold memory = memory_of(request);
    const auto answer = gate_.core(request.head).why(std::move(input), {request.call(), &memory});
    if (!answer.ok()) return plugin_refusal(gate_.refuse(request.head, answer.status()));
    return why_response(*answer);
  });
}

}  // namespace

std::unique_ptr<Protocol> search_protocol(const ProtocolContext& context) {
  return std::make_unique<Search>(context);
}

}  // namespace rappel
