#include "doctor/server_answer.h"

#include <fmt/format.h>

#include <utility>

#include "codec/json.h"

namespace rappel {
namespace {

bool is_rappel(const HttpResponse& answer) {
  const auto body = parse_json(answer.body);
  return answer.status == 200 && body.ok() && body->is_object() && body->contains("version") &&
         body->contains("embedding_model");
}

// What a server says to a connection beyond its limit.
bool is_full(const HttpResponse& answer) {
  return answer.status == 503 && answer.body.find("Too many connections") != std::string::npos;
}

}  // namespace

ServerAddress server_address(const Options& options) {
  std::string host = options.text("RAG_HOST");
  if (host == "localhost") host = "127.0.0.1";
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  ServerAddress address;
  if (host != "0.0.0.0" && host != "::") address.host = host;
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  address.to_ask = fmt::format("{}:{}", host, options.integer("RAG_PORT"));
  return address;
}

Result<HttpResponse> get_from_server(const std::string& address, const char* path, const std::string& token,
                                     const std::stop_token& cancel) {
  HttpClientOptions client;
  client.connect_timeout_s = 2;
  client.stall_timeout_s = 5;
  HttpRequest request;
  request.url = fmt::format("http://{}{}", address, path);
  request.bearer_token = token;
  request.redirects = HttpRedirects::kSameOrigin;
  request.cancel = cancel;
  return HttpClient(client).send(request);
}

ServerAnswer ask_server(const std::string& address, const std::stop_token& cancel) {
  using Who = ServerAnswer::Who;
  auto answer = get_from_server(address, "/health", "", cancel);
  if (!answer.ok()) return {};
  const Who who = is_rappel(*answer) ? Who::kRappel : is_full(*answer) ? Who::kFull : Who::kStranger;
  return {who, answer->status, std::move(answer->body)};
}

}  // namespace rappel
