#include "trace/sampler.h"

#include <charconv>
#include <cstdint>
#include <string>

namespace rappel {

Result<Sampler> Sampler::make(std::string_view name, double ratio) {
  constexpr std::string_view kFollows = "parentbased_";
  const bool follows = name.starts_with(kFollows);
  const std::string_view rule = follows ? name.substr(kFollows.size()) : name;
  if (rule == "always_on") return Sampler(follows, 1);
  if (rule == "always_off") return Sampler(follows, 0);
  if (rule == "traceidratio") return Sampler(follows, ratio);
  return Status(Code::kInvalidArgument, "there is no sampler \"" + std::string(name) + "\"");
}

// As OpenTelemetry's own libraries do it: the last 63 bits of the id are a uniform number, so that servers
// with the same ratio record the same traces.
bool Sampler::records(std::string_view trace_id, const std::optional<TraceContext>& parent) const {
  if (follows_parent_ && parent) return parent->sampled;
  if (ratio_ >= 1) return true;
  std::uint64_t number = 0;
  const std::string_view last = trace_id.substr(16);
  std::from_chars(last.data(), last.data() + last.size(), number, 16);
  return static_cast<double>(number >> 1) < ratio_ * 9223372036854775808.0;
}

}  // namespace rappel
