#include "doctor/server_answer.h"

#include <fmt/format.h>

#include <utility>

#include "codec/json.h"
#include "doctor/troubles.h"

namespace rappel {
namespace {

bool is_rappel(const HttpResponse& answer) {
  const auto body = parse_json(answer.body);
  return answer.status == 200 && body.ok() && body->is_object() && body->contains("version") &&
         body->contains("embedding_model");
}

// The response of a server to a connection beyond its limit.
bool is_full(const HttpResponse& answer) {
  return answer.status == 503 && has_id(answer.body, "too-many-connections");
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
  address.certificate = options.text("TLS_CERT");
  return address;
}

Result<HttpResponse> get_from_server(const ServerAddress& address, const char* path, const std::string& token,
                                     const std::stop_token& cancel) {
  HttpClientOptions client;
  client.connect_timeout_s = 2;
  client.stall_timeout_s = 5;
  // Its certificate names the public host, not this address.
  client.trust = token.empty() ? HttpTrust::kAnyone : HttpTrust::kCertificate;
  client.ca_file = address.certificate;
  HttpRequest request;
  request.url = fmt::format("{}://{}{}", address.scheme(), address.to_ask, path);
  request.bearer_token = token;
  request.redirects = HttpRedirects::kSameOrigin;
  request.cancel = cancel;
  return HttpClient(client).send(request);
}

ServerAnswer ask_server(const ServerAddress& address, const std::string& token,
                        const std::stop_token& cancel) {
  using Who = ServerAnswer::Who;
  auto answer = get_from_server(address, "/health", "", cancel);
  if (!answer.ok()) return {};
  if (!is_rappel(*answer)) {
    const Who who = is_full(*answer) ? Who::kFull : Who::kStranger;
    return {who, answer->status, std::move(answer->body), "", ""};
  }
  // A token that this server does not have gets the same response as none.
  if (!token.empty())
    if (auto again = get_from_server(address, "/health", token, cancel); again.ok() && is_rappel(*again))
      answer = std::move(again);
  const Json health = *parse_json(answer->body);
  const auto text = [&](const char* name) {
    return json_string(health, name).ok() ? *json_string(health, name) : "";
  };
  return {Who::kRappel, answer->status, answer->body, text("version"), text("data_dir")};
}

std::string ServerAnswer::description() const {
  return "rappel " + (version.empty() ? "of an unknown version" : version) +
         (data_dir.empty() ? std::string() : " with the data folder " + data_dir);
}

Status name_holder_of_port(Status failure, const Options& options, const std::string& store_place,
                           const std::stop_token& cancel) {
  if (failure.id() != "port-taken" || options.integer("RAG_PORT") == 0) return failure;
  const auto& tokens = options.items("BEARER_TOKEN");
  const ServerAddress address = server_address(options);
  const ServerAnswer answer = ask_server(address, tokens.empty() ? "" : tokens[0], cancel);
  if (answer.who != ServerAnswer::Who::kRappel) return failure;
  std::string holder = answer.description();
  if (answer.data_dir == store_place) holder += " (the one of these settings)";
  if (answer.data_dir.empty())
    holder += " (it tells its data folder to holders of its token, and BEARER_TOKEN is none of its tokens)";
  return Status(failure.code(),
                fmt::format("cannot listen at {}: {} already serves there; stop it, or choose another port "
                            "with RAG_PORT",
                            address.to_ask, holder),
                failure.cause())
      .with_id("port-taken");
}

}  // namespace rappel
