#include "server/http/refusal_log.h"

#include <fmt/format.h>

#include <utility>

#include "base/log.h"

namespace rappel {

void RefusalLog::add(const std::string& request, int status, const std::string& peer,
                     const std::string& message, Clock::time_point now) {
  write(fmt::format("{}refused with {} from {}: {}", request.empty() ? "" : request + ": ", status, peer,
                    message),
        now);
}

void RefusalLog::add_handshake(const std::string& peer, const std::string& reason, Clock::time_point now) {
  write(fmt::format("TLS handshake failed from {}: {}", peer, reason), now);
}

void RefusalLog::write(const std::string& line, Clock::time_point now) {
  if (logger_ == nullptr) return;
  std::uint64_t missing = 0;
  {
    const std::lock_guard lock(mutex_);
    if (now - second_ >= std::chrono::seconds(1)) {
      second_ = now;
      lines_ = 0;
    }
    if (lines_ >= kLines) {
      ++missing_;
      return;
    }
    ++lines_;
    missing = std::exchange(missing_, 0);
  }
  logger_->info("{}{}", line, missing == 0 ? "" : fmt::format(" ({} more before)", missing));
}

}  // namespace rappel
