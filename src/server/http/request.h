// Request: what a handler sees of a client's request. Free of any HTTP library.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/audit_log.h"
#include "access/principal.h"
#include "base/call_context.h"
#include "server/http/headers.h"

namespace rappel {

class BodyFile;
class ByteBudget;
class RequestTrace;

enum class Method { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions, kOther };

// "GET"; "" for kOther.
std::string_view method_name(Method method);

struct RequestHead {
  Method method = Method::kOther;
  std::string method_text;  // as sent
  std::string path;         // percent-decoded, repeated slashes collapsed, without the query string
  // `path` before decoding, because an escaped slash divides nothing; empty: the path has no escapes.
  std::string escaped_path;
  std::string query_string;  // with its "?", or empty
  Headers headers;           // all of them
  std::string peer;          // who sent it (peer.h)
  bool encrypted = false;    // it came over TLS
  // The request passed the token check, also where the route is open to everyone. Set by the router.
  bool trusted = false;
  // A refusal is sent so much later. Set by the router.
  std::chrono::milliseconds answer_after{0};
  // The holder of the token, or the admin on a server without tokens; null unless `trusted`. Set by the
  // router.
  PrincipalPtr principal;
  // The client's X-Request-Id, or a new one; in the response and in the audit log. Set by the router.
  std::string request_id;
  // Filled by the core (principal_core.h); null: the request is not audited. Set by the router.
  std::shared_ptr<RequestCounts> counts;
  // Filled as the request is computed; null: it is not traced. Set by the router.
  std::shared_ptr<RequestTrace> trace;
  std::string caller;  // who shares budgets as one: the peer's address and the token. Set by the router.
  std::string token;  // a name of the token that does not give it away; empty without one. Set by the router.
  // The collection that the path "/c/NAME/.." or the header X-Collection names; empty: the default one. Set
  // by the router, which takes it off the path.
  std::string collection;
  // The parameters of the route's path: "/jobs/{id}" -> {"id", ".."}. Set by the router.
  std::vector<std::pair<std::string, std::string>> parameters;

  std::string_view header(std::string_view name) const { return headers.get(name); }
  // "" if the route's path has no such parameter.
  std::string_view parameter(std::string_view name) const;
  // The flow of `caller`, which shares workers and models as one.
  FlowId flow() const { return std::hash<std::string>()(caller); }
};

struct Request {
  const RequestHead& head;
  std::string_view body = {};  // decoded
  // The file that the body lies in; null: it is in memory.
  const BodyFile* file = nullptr;
  ByteBudget* memory = nullptr;  // for bodies and answers of all requests; null: unbounded
  // Asked to stop when nobody waits for the response any more.
  std::stop_token abandoned = {};

  CallContext call() const { return {abandoned, head.flow()}; }
};

}  // namespace rappel
