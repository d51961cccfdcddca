#include "extractor/mail/mail_guard.h"

#include <algorithm>
#include <cctype>

#include "base/ascii.h"

namespace rappel::extractor {
namespace {

constexpr std::size_t kAddressBytes = 256 << 10, kGroups = 2000, kHeaders = 50'000, kBoundaries = 100'000;

// The name before the colon, if the line may be a header.
std::string_view name_of(std::string_view line) {
  std::size_t at = 0;
  while (at < line.size() && at < 80 &&
         (std::isalnum(static_cast<unsigned char>(line[at])) != 0 || line[at] == '-' || line[at] == '_'))
    ++at;
  return at > 0 && at < line.size() && line[at] == ':' ? line.substr(0, at) : std::string_view();
}

bool has_addresses(std::string_view name) {
  std::string lower = lower_case(name);
  if (lower.starts_with("resent-")) lower.erase(0, 7);
  for (const char* known : {"to", "cc", "bcc", "from", "sender", "reply-to", "mail-followup-to"})
    if (lower == known) return true;
  return false;
}

class Guard {
 public:
  explicit Guard(std::string_view bytes) : bytes_(bytes) {}

  GuardedMail run() {
    GuardedMail out;
    while (at_ < bytes_.size()) {
      const std::size_t begin = at_;
      if (keeps(next_line())) continue;
      out.copy.append(bytes_, kept_, begin - kept_);
      kept_ = at_;
      out.cut = true;
    }
    out.bytes = bytes_;
    if (!out.cut) return out;
    out.copy.append(bytes_, kept_);
    out.bytes = out.copy;
    return out;
  }

 private:
  std::string_view next_line() {
    const std::size_t end = std::min(bytes_.find('\n', at_), bytes_.size() - 1) + 1;
    const std::string_view line = bytes_.substr(at_, end - at_);
    at_ = end;
    return line;
  }

  // Takes the lines that continue a header along.
  bool keeps(std::string_view line) {
    if (line.starts_with("From ")) headers_ = boundaries_ = 0;
    if (line.starts_with("--") && ++boundaries_ > kBoundaries) return false;
    const std::string_view name = name_of(line);
    headers_ = name.empty() ? 0 : headers_ + 1;
    if (name.empty()) return true;
    if (headers_ > kHeaders) return false;
    if (!has_addresses(name)) return true;
    const std::size_t begin = at_ - line.size();
    while (at_ < bytes_.size() && (bytes_[at_] == ' ' || bytes_[at_] == '\t')) next_line();
    const std::string_view header = bytes_.substr(begin, at_ - begin);
    return header.size() <= kAddressBytes &&
           static_cast<std::size_t>(std::count(header.begin(), header.end(), ':')) <= kGroups;
  }

  const std::string_view bytes_;
  std::size_t at_ = 0, kept_ = 0, headers_ = 0, boundaries_ = 0;
};

}  // namespace

GuardedMail guard_mail(std::string_view bytes) { return Guard(bytes).run(); }

}  // namespace rappel::extractor
