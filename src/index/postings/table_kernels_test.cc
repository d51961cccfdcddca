#include "index/simd_targets.h"
// Before Highway.
#include "index/postings/table_kernels.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "index/test_targets.h"

namespace rappel {
namespace {

class TableKernels : public EachTarget {
 protected:
  static constexpr std::size_t kWords = 7, kSlots = 64 * kWords;

  void SetUp() override {
    EachTarget::SetUp();
    for (auto& word : wanted_) word = std::uint64_t{random_()} << 32 | random_();
    wanted_[2] = 0;
    wanted_[5] = std::uint64_t{1} << 63;
  }
  std::vector<std::uint8_t> impacts(std::size_t slots) {
    std::vector<std::uint8_t> impacts(slots);
    for (auto& impact : impacts) impact = static_cast<std::uint8_t>(random_());
    return impacts;
  }
  bool wanted(std::size_t slot) const { return (wanted_[slot / 64] >> (slot % 64) & 1) != 0; }

  std::mt19937 random_{7};
  std::vector<std::uint64_t> wanted_ = std::vector<std::uint64_t>(kWords);
  std::vector<std::uint32_t> table_ = std::vector<std::uint32_t>(kSlots, 77);
};

TEST_P(TableKernels, SumsEqualPlainLoops) {
  constexpr std::size_t kFirst = 64;
  const auto a = impacts(kFirst + kSlots), b = impacts(kFirst + kSlots), c = impacts(kFirst + kSlots);
  const std::vector<WeightedImpacts> arrays = {{a.data(), 60'000}, {b.data(), 1}, {c.data(), 4321}};
  start_table(arrays, kFirst, wanted_, table_.data());
  for (std::size_t i = 0; i < kSlots; ++i)
    EXPECT_EQ(table_[i],
              wanted_[i / 64] == 0 ? 77u : 60'000u * a[kFirst + i] + b[kFirst + i] + 4321u * c[kFirst + i])
        << i;
  start_table({}, 0, wanted_, table_.data());
  for (std::size_t i = 0; i < kSlots; ++i) EXPECT_EQ(table_[i], wanted_[i / 64] == 0 ? 77u : 0u);
}

TEST_P(TableKernels, SelectionEqualsPlainLoops) {
  for (auto& value : table_) value = static_cast<std::uint32_t>(random_() % 16'777'216);
  for (const std::uint32_t floor : {1u, 8'000'000u, 16'500'000u, 16'777'216u, table_[1], table_[1] + 1}) {
    std::vector<std::uint64_t> found(kWords, 99);
    const bool any = select_slots(table_.data(), wanted_, floor, found.data());
    bool expected = false;
    for (std::size_t i = 0; i < kSlots; ++i) {
      const bool good = wanted(i) && table_[i] >= floor;
      EXPECT_EQ((found[i / 64] >> (i % 64) & 1) != 0, good) << i;
      expected = expected || good;
    }
    EXPECT_EQ(any, expected);
  }
}

INSTANTIATE_TEST_SUITE_P(AllTargets, TableKernels, each_target(), target_name);

}  // namespace
}  // namespace rappel
