#include "index/simd_targets.h"
// Before Highway.
#include "index/postings/table_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "index/postings/table_kernels.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace rappel {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t kWord = 64;

using Tag = hn::CappedTag<std::uint32_t, 16>;
using Signed = hn::RebindToSigned<Tag>;

void start_table_simd(std::span<const WeightedImpacts> arrays, std::size_t first,
                      std::span<const std::uint64_t> wanted, std::uint32_t* HWY_RESTRICT table) {
  const Tag d;
  const hn::Rebind<std::uint8_t, Tag> d8;
  for (std::size_t w = 0; w < wanted.size(); ++w) {
    if (wanted[w] == 0) continue;
    for (std::size_t i = w * kWord; i < (w + 1) * kWord; i += hn::Lanes(d)) {
      auto sum = hn::Zero(d);
      for (const WeightedImpacts& array : arrays) {
        const auto impacts = hn::PromoteTo(d, hn::LoadU(d8, array.impacts + first + i));
        sum = hn::Add(sum, hn::Mul(impacts, hn::Set(d, array.weight)));
      }
      hn::StoreU(sum, d, table + i);
    }
  }
}

// Compared as signed numbers, which all instruction sets can do.
HWY_INLINE hn::Vec<Signed> load_sums(const std::uint32_t* HWY_RESTRICT table) {
  return hn::BitCast(Signed(), hn::LoadU(Tag(), table));
}

// The bits of 64 slots: those with more than `below`.
HWY_INLINE std::uint64_t above(const std::uint32_t* HWY_RESTRICT table, hn::Vec<Signed> below) {
  const Signed d;
  // Most words have no such slot: one comparison of the largest values tells.
  auto most = load_sums(table);
  for (std::size_t i = hn::Lanes(d); i < kWord; i += hn::Lanes(d)) most = hn::Max(most, load_sums(table + i));
  if (hn::AllFalse(d, hn::Gt(most, below))) return 0;
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < kWord; i += hn::Lanes(d)) {
    std::uint8_t bytes[8] = {};
    (void)hn::StoreMaskBits(d, hn::Gt(load_sums(table + i), below), bytes);
    bits |= (std::uint64_t{bytes[0]} | std::uint64_t{bytes[1]} << 8) << i;
  }
  return bits;
}

bool select_slots_simd(const std::uint32_t* HWY_RESTRICT table, std::span<const std::uint64_t> wanted,
                       std::uint32_t floor, std::uint64_t* HWY_RESTRICT found) {
  const auto below = hn::Set(Signed(), static_cast<std::int32_t>(floor - 1));
  std::uint64_t any = 0;
  for (std::size_t w = 0; w < wanted.size(); ++w) {
    found[w] = wanted[w] == 0 ? 0 : above(table + w * kWord, below) & wanted[w];
    any |= found[w];
  }
  return any != 0;
}

}  // namespace HWY_NAMESPACE
}  // namespace rappel
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace rappel {

HWY_EXPORT(start_table_simd);
HWY_EXPORT(select_slots_simd);

void start_table(std::span<const WeightedImpacts> arrays, std::size_t first,
                 std::span<const std::uint64_t> wanted, std::uint32_t* table) {
  HWY_DYNAMIC_DISPATCH(start_table_simd)(arrays, first, wanted, table);
}

bool select_slots(const std::uint32_t* table, std::span<const std::uint64_t> wanted, std::uint32_t floor,
                  std::uint64_t* found) {
  return HWY_DYNAMIC_DISPATCH(select_slots_simd)(table, wanted, floor, found);
}

}  // namespace rappel
#endif
