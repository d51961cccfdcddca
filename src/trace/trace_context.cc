#include "trace/trace_context.h"

#include <algorithm>

namespace rappel {
namespace {

constexpr std::size_t kLength = 55;  // "00-" 32 "-" 16 "-01"
constexpr std::size_t kMostMembers = 32;
constexpr std::size_t kMostStateBytes = 512;

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return digit_of(c) >= 0; });
}

bool is_id(std::string_view text) {
  return is_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// "vendor" or "tenant@vendor", as the standard spells them.
bool is_state_key(std::string_view key) {
  constexpr std::string_view kFirst = "abcdefghijklmnopqrstuvwxyz0123456789";
  constexpr std::string_view kRest = "abcdefghijklmnopqrstuvwxyz0123456789_-*/@";
  return !key.empty() && key.size() <= 256 && kFirst.find(key.front()) != std::string_view::npos &&
         key.find_first_not_of(kRest) == std::string_view::npos &&
         std::count(key.begin(), key.end(), '@') <= 1;
}

bool is_state_value(std::string_view value) {
  return !value.empty() && value.size() <= 256 && value.back() != ' ' &&
         std::all_of(value.begin(), value.end(),
                     [](char c) { return c >= ' ' && c <= '~' && c != ',' && c != '='; });
}

bool is_state(std::string_view state) {
  if (state.size() > kMostStateBytes) return false;
  std::size_t members = 0;
  while (!state.empty()) {
    const std::size_t comma = std::min(state.find(','), state.size());
    const std::string_view member = trimmed(state.substr(0, comma));
    state.remove_prefix(std::min(comma + 1, state.size()));
    if (member.empty()) continue;  // allowed
    const std::size_t equals = member.find('=');
    if (++members > kMostMembers || equals == std::string_view::npos ||
        !is_state_key(member.substr(0, equals)) || !is_state_value(member.substr(equals + 1)))
      return false;
  }
  return true;
}

}  // namespace

std::optional<TraceContext> parse_trace_context(std::string_view traceparent, std::string_view tracestate) {
  const std::string_view text = trimmed(traceparent);
  if (text.size() < kLength || text[2] != '-' || text[35] != '-' || text[52] != '-') return std::nullopt;
  const std::string_view version = text.substr(0, 2), trace = text.substr(3, 32), span = text.substr(36, 16),
                         flags = text.substr(53, 2);
  const bool is_newer = version != "00";
  if (!is_hex(version) || version == "ff" || (!is_newer && text.size() != kLength) ||
      (text.size() > kLength && text[kLength] != '-'))
    return std::nullopt;
  if (!is_id(trace) || !is_id(span) || !is_hex(flags)) return std::nullopt;
  TraceContext context{std::string(trace), std::string(span), (digit_of(flags[1]) & 1) != 0, {}};
  if (is_state(tracestate)) context.state = trimmed(tracestate);
  return context;
}

}  // namespace rappel
