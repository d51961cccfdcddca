// Protocol: one HTTP contract that the server speaks, as the transport sees it: a table of routes, the shape
// of its errors, and its part of the OpenAPI document. server/http knows no protocol; server/protocols.cc has
// the table of all.
//
// Handlers are called from several threads at the same time, and must not block on an I/O thread (kAtOnce).
// An exception becomes a refusal (kInternal, or kBusy when memory is short) in the protocol's shape.
// Objects are immutable once the server listens, and outlive its last request.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "access/principal.h"
#include "server/http/refusal.h"
#include "server/http/request.h"
#include "server/http/response.h"

namespace rappel {

// Where a route's handler runs and how much body it gets.
enum class Work {
  kAtOnce,  // on an I/O thread, from the head alone: quick, never blocks, never streams
  kQuick,   // on a worker, with a body of up to max_body_bytes
  kModel,   // as kQuick for a small body, as kUpload for a larger one or one of unknown size
  kUpload,  // on a worker for uploads, with a body of up to max_upload_bytes and a longer deadline
  kFiles,   // the same with a body of up to max_files_bytes, which may lie in a file (Request::file)
};

enum class Access {
  kOpen,      // everyone
  kOptional,  // everyone; RequestHead::trusted tells who has passed the token check
  kToken,     // refused without a token
};

// "/jobs/{id}" is the path of every job: a segment in braces stands for any text that is not empty, and the
// handler finds it in RequestHead::parameters, with its escapes decoded. In "/models/{id...}", at the end
// alone, it stands for slashes too. A path without parameters comes before one with them.
struct Route {
  std::string_view path;
  std::vector<Method> methods;
  Work work = Work::kAtOnce;
  Access access = Access::kToken;
  std::function<Response(const Request&)> handle;
  // Asked after the token and before the body is read; may be empty.
  std::function<std::optional<Refusal>(const RequestHead&)> admit;
  // Asked of the token; 403 without it. By the meaning of the route, not by its method.
  Scope scope = Scope::kRead;
  // Pages of other origins than this machine and the configured ones are refused, also with a token, and
  // before it is looked at (known_pages.h).
  bool known_pages = false;
};

class Protocol {
 public:
  virtual ~Protocol() = default;
  virtual std::string_view name() const = 0;
  virtual std::span<const Route> routes() const = 0;
  // Beginnings of paths ("/v1/") below which unknown paths are refused in this protocol's shape. The first
  // protocol of the table has all others.
  virtual std::vector<std::string_view> prefixes() const { return {}; }
  // Whether "/path/" is the path without its slash; else it is answered with a redirect.
  virtual bool ignores_trailing_slash() const { return false; }
  virtual Response refuse(const Refusal& refusal) const = 0;
  // An OpenAPI 3.0 document whose paths and schemas become part of /openapi.json; empty: none.
  virtual std::string_view openapi() const { return {}; }
};

using Protocols = std::vector<std::unique_ptr<Protocol>>;

}  // namespace rappel
