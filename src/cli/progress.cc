#include "cli/progress.h"
#include "base/units.h"

#include <fmt/format.h>

#include <ostream>

namespace rappel {
namespace {
constexpr auto kQuiet = std::chrono::seconds(2);
constexpr auto kInterval = std::chrono::milliseconds(200);
}  // namespace

Progress::Progress(std::ostream& err, bool is_terminal)
    : err_(err), enabled_(is_terminal), start_(std::chrono::steady_clock::now()), last_(start_) {}

Progress::~Progress() { clear(); }

double Progress::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

bool Progress::due() {
  const auto now = std::chrono::steady_clock::now();
  if (!enabled_ || now - start_ < kQuiet || now - last_ < kInterval) return false;
  last_ = now;
  return true;
}

void Progress::print(const std::string& line) {
  err_ << "\r\033[K" << line << std::flush;
  visible_ = true;
}

void Progress::show(const std::string& words, std::uint64_t done, std::uint64_t total, std::uint64_t moved) {
  if (!due()) return;
  const double rate = static_cast<double>(moved) / seconds();
  std::string line = fmt::format("{}, {}", words, bytes_text(static_cast<double>(done)));
  if (total > 0)
    line += fmt::format(" of {} ({} %)", bytes_text(static_cast<double>(total)), done * 100 / total);
  line += fmt::format(", {}/s", bytes_text(rate));
  if (total > done && rate > 0)
    line += fmt::format(", {} left", duration_text(static_cast<double>(total - done) / rate));
  print(line);
}

void Progress::show_share(const std::string& words, double done, double total) {
  if (!due()) return;
  std::string line = words;
  if (done > 0 && total >= done)
    line += fmt::format(", {:.0f} %, {} left", 100 * done / total,
                        duration_text(seconds() * (total - done) / done));
  print(line);
}

void Progress::clear() {
  if (visible_) err_ << "\r\033[K" << std::flush;
  visible_ = false;
}

}  // namespace rappel
