// SHA-1 (FIPS 180-4), incremental: only for git object names, never for security.
// One object hashes one message; not thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace rappel {

class Sha1 {
 public:
  Sha1();
  ~Sha1();
  Sha1(const Sha1&) = delete;
  Sha1& operator=(const Sha1&) = delete;

  void update(std::string_view bytes);
  // 40 lower-case hex digits of everything so far. The object then starts over with an empty message.
  std::string finish_hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace rappel
