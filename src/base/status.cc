#include "base/status.h"

#include <cstdio>
#include <cstdlib>

namespace rappel {

void check_failed(const char* condition, const char* reason, const char* file, int line) {
  std::fprintf(stderr, "rappel: internal error at %s:%d: %s (%s) [crash]\n", file, line, reason, condition);
  std::abort();
}

const char* code_name(Code code) {
  switch (code) {
    case Code::kOk: return "ok";
    case Code::kInvalidArgument: return "invalid argument";
    case Code::kNotFound: return "not found";
    case Code::kFailedPrecondition: return "failed precondition";
    case Code::kUnauthenticated: return "unauthenticated";
    case Code::kCorrupt: return "corrupt";
    case Code::kUnsupported: return "unsupported";
    case Code::kResourceExhausted: return "resource exhausted";
    case Code::kUnavailable: return "unavailable";
    case Code::kDeadlineExceeded: return "deadline exceeded";
    case Code::kCancelled: return "cancelled";
    case Code::kInternal: return "internal";
  }
  return "unknown";
}

std::string Status::to_string() const {
  if (ok()) return "ok";
  std::string text = cause_.empty() ? message_ : message_ + " (" + cause_ + ")";
  if (*id_ != '\0') text.append(" [").append(id_).append("]");
  return text;
}

Status Status::with_context(const std::string& context) const& {
  if (ok()) return *this;
  Status status = *this;
  status.message_ = context + ": " + message_;
  return status;
}

Status Status::with_id(const char* id) && {
  if (*id_ == '\0') id_ = id;
  return std::move(*this);
}

Status Status::with_retry_after(int seconds) && {
  retry_after_ = seconds;
  return std::move(*this);
}

}  // namespace rappel
