// Status and Result<T>: errors as values.
//
// A function that can fail for a reason outside this program returns Status or Result<T>; the caller must
// check both. `message` is for the user or operator: it names the object and says what to do next,
// and never contains secrets or internals. `cause` is for the log (an errno text, a library's message) and is
// never sent to a client.
// A failure that `rappel doctor` knows carries a short stable id ("port-taken"). The id, not the wording,
// identifies it in logs (`[port-taken]`), in JSON and in the doctor's table. A broken invariant of this
// program is not a Status: see base/check.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/check.h"

namespace rappel {

enum class Code {
  kOk,
  kInvalidArgument,     // the caller's input is wrong; retrying does not help
  kNotFound,            // the named thing does not exist
  kFailedPrecondition,  // the current state forbids it (another model's data, a locked folder)
  kUnauthenticated,     // no or wrong credentials
  kCorrupt,             // stored or supplied bytes are damaged or malicious
  kUnsupported,         // valid, but this build or version cannot do it
  kResourceExhausted,   // a budget (memory, queue, size) is used up
  kUnavailable,         // disk, network or device failed; retrying may help
  kDeadlineExceeded,
  kCancelled,
  kInternal,  // an unexpected failure of a library
};

// Lower-case name of a code, for logs: "invalid argument".
const char* code_name(Code code);

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Code code, std::string message, std::string cause = {})
      : code_(code), message_(std::move(message)), cause_(std::move(cause)) {
    RAPPEL_CHECK(code != Code::kOk, "an error status needs an error code");
  }

  bool ok() const { return code_ == Code::kOk; }
  Code code() const { return code_; }
  const std::string& message() const { return message_; }
  const std::string& cause() const { return cause_; }
  // Stable id of the failure; "" if it has none.
  std::string_view id() const { return id_; }
  // The same failure with an id: a string literal of lower-case words joined by hyphens. An earlier id is
  // kept.
  Status with_id(const char* id) &&;
  // Message, cause and id for the log and for a person at a terminal: "message (cause) [id]".
  std::string to_string() const;
  // The same failure with `context: ` before its message.
  Status with_context(const std::string& context) const&;
  // The same failure with a hint: a retry may succeed after so many seconds. 0 = unknown.
  Status with_retry_after(int seconds) &&;
  int retry_after() const { return retry_after_; }

 private:
  Code code_ = Code::kOk;
  std::string message_;
  std::string cause_;
  const char* id_ = "";
  int retry_after_ = 0;
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}        // NOLINT: implicit on purpose
  Result(Status status) : state_(std::in_place_index<1>, std::move(status)) {  // NOLINT
    RAPPEL_CHECK(!std::get<1>(state_).ok(), "a Result cannot be built from an ok Status");
  }

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  // Ok if there is a value.
  Status status() const { return ok() ? Status() : std::get<1>(state_); }

  T& value() & { return checked(); }
  const T& value() const& { return const_cast<Result*>(this)->checked(); }
  T&& value() && { return std::move(checked()); }
  T& operator*() & { return checked(); }
  const T& operator*() const& { return const_cast<Result*>(this)->checked(); }
  T&& operator*() && { return std::move(checked()); }
  T* operator->() { return &checked(); }
  const T* operator->() const { return &const_cast<Result*>(this)->checked(); }

 private:
  T& checked() {
    RAPPEL_CHECK(ok(), std::get<1>(state_).to_string().c_str());
    return std::get<0>(state_);
  }
  std::variant<T, Status> state_;
};

}  // namespace rappel

#define RAPPEL_CONCAT_INNER(a, b) a##b
#define RAPPEL_CONCAT(a, b) RAPPEL_CONCAT_INNER(a, b)

// Returns `expr` (a Status) from the enclosing function if it is not ok.
#define RAPPEL_TRY(expr)                                                                    \
  do {                                                                                      \
    if (::rappel::Status rappel_status = (expr); !rappel_status.ok()) return rappel_status; \
  } while (false)

// RAPPEL_ASSIGN(auto x, expr): x = the value of `expr` (a Result), or return its Status.
#define RAPPEL_ASSIGN(lhs, expr) RAPPEL_ASSIGN_INNER(RAPPEL_CONCAT(rappel_result_, __LINE__), lhs, expr)
#define RAPPEL_ASSIGN_INNER(tmp, lhs, expr) \
  auto tmp = (expr);                        \
  if (!tmp.ok()) return tmp.status();       \
  lhs = std::move(tmp).value()
