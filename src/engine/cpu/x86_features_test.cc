// Compares detected features with Highway's detection and with the definition of the groups.
#include "engine/cpu/x86_features.h"

#include <gtest/gtest.h>
#include <hwy/targets.h>

namespace rappel::cpu {
namespace {

#if defined(__x86_64__)

TEST(X86Features, MatchHighwayDetection) {
  const X86Features& found = x86_features();
  const auto highway = [](std::int64_t target) { return (hwy::SupportedTargets() & target) != 0; };
  EXPECT_EQ(found.sse4, highway(HWY_SSE4));
  EXPECT_EQ(found.avx2, highway(HWY_AVX2));
  EXPECT_EQ(found.avx512, highway(HWY_AVX3));
}

#endif

TEST(X86Features, GroupsIncludeLowerGroups) {
  const X86Features& found = x86_features();
  EXPECT_TRUE(found.sse4 || !found.avx2);
  EXPECT_TRUE(found.avx2 || !(found.avx512 || found.avx_vnni));
  EXPECT_TRUE(found.avx512 || !(found.avx512_vnni || found.avx512_bf16 || found.amx_int8 || found.amx_bf16));
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
