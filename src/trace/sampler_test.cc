#include "trace/sampler.h"

#include <gtest/gtest.h>

#include <string>

namespace rappel {
namespace {

bool records(const char* name, double ratio, const std::string& id,
             const std::optional<TraceContext>& parent = {}) {
  return Sampler::make(name, ratio)->records(id, parent);
}

const std::string kLow = std::string(16, 'f') + "00000000000000ff",
                  kMiddle = std::string(16, '0') + "6000000000000000",
                  kHigh = std::string(16, '0') + "ffffffffffffffff";

TEST(Sampler, RatioGoesByTheLastDigitsOfTheId) {
  EXPECT_TRUE(records("traceidratio", 0.25, kLow));
  EXPECT_FALSE(records("traceidratio", 0.25, kMiddle));
  EXPECT_TRUE(records("traceidratio", 0.5, kMiddle));
  EXPECT_FALSE(records("traceidratio", 0.5, kHigh));
  EXPECT_TRUE(records("traceidratio", 1, kHigh));
  EXPECT_FALSE(records("traceidratio", 0, std::string(32, '0')));
}

TEST(Sampler, ParentBasedFollowsTheCaller) {
  TraceContext parent{kLow, "00f067aa0ba902b7", true, {}};
  EXPECT_TRUE(records("parentbased_always_off", 1, kLow, parent));
  EXPECT_FALSE(records("always_off", 1, kLow, parent));
  EXPECT_FALSE(records("parentbased_always_off", 1, kLow));
  parent.sampled = false;
  EXPECT_FALSE(records("parentbased_always_on", 1, kLow, parent));
  EXPECT_FALSE(records("parentbased_traceidratio", 1, kLow, parent));
  EXPECT_TRUE(records("parentbased_always_on", 1, kLow));
  EXPECT_TRUE(records("always_on", 1, kLow, parent));
}

TEST(Sampler, UnknownNameIsAnError) { EXPECT_FALSE(Sampler::make("sometimes", 1).ok()); }

}  // namespace
}  // namespace rappel
