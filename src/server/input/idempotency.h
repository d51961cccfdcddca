// Idempotency: the answers to requests that came with an Idempotency-Key, so that a client which has lost an
// answer can send its request again without having it done twice.
//
// Keys are those of a token and a path. The same key with the same body gets the same answer, with another
// body 422, and 409 while the first request is under way. Failures are not kept: such a request is done
// again. Answers are kept in memory, the newest of them within the bounds below, until the server ends. Any
// thread may call any method.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>

#include "server/http/refusal.h"
#include "server/http/request.h"
#include "server/http/response.h"

namespace rappel {

// Printable ASCII, at most 255 characters; empty: the request has none.
bool usable_idempotency_key(std::string_view key);
// The key of this request, with its token and path, as a hash; empty without one.
std::string idempotency_key(const RequestHead& head);

class IdempotentAnswers {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{16} << 20;
  static constexpr std::size_t kMostOfOne = std::size_t{4} << 20;
  static constexpr std::chrono::hours kKept{24};

  // The answer of `make`, or of an earlier request with this key. `fingerprint`: of the body; is called for
  // requests with a key alone.
  Response once(const RequestHead& head, const std::function<std::string()>& fingerprint,
                const std::function<Response()>& make);

 private:
  using Clock = std::chrono::steady_clock;
  struct Kept {
    std::string fingerprint;
    int status = 0;  // 0: the request is under way
    std::string content_type, body;
    Clock::time_point until;
    std::list<std::string>::iterator place;  // in order_
  };

  std::variant<std::monostate, Response> claim(const std::string& key, const std::string& fingerprint);
  void keep(const std::string& key, const Response& answer);
  void forget(const std::string& key);
  void make_room();

  std::mutex mutex_;
  std::map<std::string, Kept> kept_;
  std::list<std::string> order_;  // of the answers, the oldest first
  std::size_t bytes_ = 0;
};

}  // namespace rappel
