#include "server/http/beast_message.h"

#include <algorithm>
#include <iterator>

#include "server/http/date.h"

namespace rappel {

namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

using Reason = Refusal::Reason;

std::string text_of(beast::string_view text) { return std::string(text.data(), text.size()); }

Method method_of(http::verb verb) {
  switch (verb) {
    case http::verb::get: return Method::kGet;
    case http::verb::head: return Method::kHead;
    case http::verb::post: return Method::kPost;
    case http::verb::put: return Method::kPut;
    case http::verb::patch: return Method::kPatch;
    case http::verb::delete_: return Method::kDelete;
    case http::verb::options: return Method::kOptions;
    default: return Method::kOther;
  }
}

}  // namespace

RequestHead request_head(const http::request_header<>& request) {
  RequestHead head;
  head.method = method_of(request.method());
  head.method_text = text_of(request.method_string());
  std::string target = text_of(request.target());
  if (const std::size_t scheme = target.find("://"); scheme != std::string::npos && target.front() != '/') {
    const std::size_t slash = target.find('/', scheme + 3);  // absolute form, as sent to proxies
    target = slash == std::string::npos ? "/" : target.substr(slash);
  }
  const std::size_t question = std::min(target.find('?'), target.size());
  head.escaped_path = target.substr(0, question);
  head.path = percent_decoded(head.escaped_path);
  head.query_string = target.substr(question);
  for (const auto& field : request) head.headers.add(text_of(field.name_string()), text_of(field.value()));
  return head;
}

std::optional<Refusal> refuse_framing(const http::request_header<>& request) {
  const auto hosts = request.equal_range(http::field::host);
  const auto count = std::distance(hosts.first, hosts.second);
  if (count > 1 || (count == 0 && request.version() >= 11))
    return Refusal{Reason::kBadRequest, "Invalid HTTP request"};
  if (request.find(http::field::transfer_encoding) != request.end() &&
      !beast::iequals(request[http::field::transfer_encoding], "chunked"))
    return Refusal{Reason::kTransferEncoding, "Transfer encodings other than chunked are not supported"};
  const auto expect = request.find(http::field::expect);
  if (expect != request.end() && !beast::iequals(expect->value(), "100-continue"))
    return Refusal{Reason::kExpectation, "Expectations other than 100-continue are not supported"};
  return std::nullopt;
}

http::response<http::string_body> response_head(const Response& from, unsigned version, bool keep_alive) {
  http::response<http::string_body> response(static_cast<http::status>(from.status), version);
  // Names in lower case, as the old service sent them.
  response.set("date", http_date());
  for (const auto& [name, value] : from.headers) response.insert(name, value);
  if (!keep_alive)
    response.set("connection", "close");
  else if (version < 11)
    response.set("connection", "keep-alive");
  return response;
}

}  // namespace rappel
