#include "base/units.h"

#include <fmt/format.h>

#include <cmath>

namespace rappel {

std::string count_text(std::uint64_t count, std::string_view one, std::string_view many) {
  if (count == 1) return fmt::format("1 {}", one);
  return many.empty() ? fmt::format("{} {}s", count, one) : fmt::format("{} {}", count, many);
}

std::string bytes_text(double bytes) {
  constexpr double kNext = 999.95;  // what rounds to 1000.0 is 1.0 of the next unit
  const char* units[] = {"B", "kB", "MB", "GB", "TB"};
  int unit = 0;
  while (bytes >= (unit == 0 ? 999.5 : kNext) && unit < 4) bytes /= 1000, ++unit;
  return unit == 0 ? fmt::format("{:.0f} B", bytes) : fmt::format("{:.1f} {}", bytes, units[unit]);
}

std::string duration_text(double seconds) {
  const auto whole = std::llround(seconds);
  if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

std::string time_text(double ms) {
  const auto digits = [](double value, const char* unit) {
    return fmt::format("{:.{}f} {}", value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0, unit);
  };
  if (ms < 0.9995) return digits(1e3 * ms, "us");
  return ms < 9995 ? digits(ms, "ms") : digits(1e-3 * ms, "s");
}

}  // namespace rappel
