// Compares detected features with Highway's detection and with the definition of the groups.
#include "engine/cpu/cpu_features.h"

#include <gtest/gtest.h>
#include <hwy/targets.h>

namespace rappel::cpu {
namespace {

bool usable(const char* feature) { return missing_features(std::span(&feature, 1)).empty(); }

#if defined(__x86_64__)

TEST(X86Features, MatchHighwayDetection) {
  const auto highway = [](std::int64_t target) { return (hwy::SupportedTargets() & target) != 0; };
  EXPECT_EQ(usable("SSE4"), highway(HWY_SSE4));
  EXPECT_EQ(usable("AVX2"), highway(HWY_AVX2));
  EXPECT_EQ(usable("AVX-512"), highway(HWY_AVX3));
}

#endif

TEST(X86Features, GroupsIncludeLowerGroups) {
  EXPECT_TRUE(usable("SSE4") || !usable("AVX2"));
  for (const char* feature : {"AVX-512", "AVX-VNNI"})
    EXPECT_TRUE(usable("AVX2") || !usable(feature)) << feature;
  for (const char* feature : {"AVX-512 VNNI", "AVX-512 BF16", "AMX-INT8", "AMX-BF16"})
    EXPECT_TRUE(usable("AVX-512") || !usable(feature)) << feature;
}

TEST(CpuFeatures, NamesAreUnique) {
  for (const CpuFeature& feature : cpu_features()) {
    int count = 0;
    for (const CpuFeature& other : cpu_features()) count += std::string_view(feature.name) == other.name;
    EXPECT_EQ(count, 1) << feature.name;
    EXPECT_EQ(missing_features(std::span(&feature.name, 1)), feature.usable ? "" : feature.name);
  }
}

}  // namespace
}  // namespace rappel::cpu
