// PageSeal: 64 bits over one page of rappel.db and its number, in the last 8 bytes of the page (SQLite's
// reserved bytes). A changed byte, a zeroed page and a page in another page's place are noticed when it is
// read. Not for adversaries. The definition is part of the file format (docs/storage.md):
//
//   Four lanes start at 0x9e3779b97f4a7c15 * (page number + lane). The content before the seal is read as
//   little-endian words; word i is added to lane i mod 4 as h = (rotate_left(h, 23) ^ w) *
//   0xff51afd7ed558ccd (mod 2^64). Then lanes 1 to 3 are added to lane 0 in the same way. The seal is
//   h ^ (h >> 32), little-endian.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace rappel::sqlite {

constexpr int kSealBytes = 8;

// The seal of a page of a multiple of 32 bytes; `number` counts from 1. The seal's own bytes do not count.
inline std::uint64_t page_seal(std::uint64_t number, std::span<const std::byte> page) {
  const auto add = [](std::uint64_t& h, std::uint64_t w) {
    h = (std::rotl(h, 23) ^ w) * 0xff51afd7ed558ccdu;
  };
  std::array<std::uint64_t, 4> lanes{};
  for (std::uint64_t lane = 0; lane < 4; ++lane) lanes[lane] = 0x9e3779b97f4a7c15u * (number + lane);
  const std::size_t words = (page.size() - kSealBytes) / 8;
  const std::byte* at = page.data();
  std::size_t i = 0;
  for (; i + 4 <= words; i += 4, at += 32) {
    std::array<std::uint64_t, 4> w;
    std::memcpy(w.data(), at, 32);
    for (std::size_t lane = 0; lane < 4; ++lane) add(lanes[lane], w[lane]);
  }
  for (; i < words; ++i, at += 8) {
    std::uint64_t w;
    std::memcpy(&w, at, 8);
    add(lanes[i % 4], w);
  }
  for (std::size_t lane = 1; lane < 4; ++lane) add(lanes[0], lanes[lane]);
  return lanes[0] ^ (lanes[0] >> 32);
}

inline std::uint64_t stored_seal(std::span<const std::byte> page) {
  std::uint64_t seal;
  std::memcpy(&seal, page.data() + page.size() - kSealBytes, kSealBytes);
  return seal;
}

inline bool has_its_seal(std::uint64_t number, std::span<const std::byte> page) {
  return page_seal(number, page) == stored_seal(page);
}

}  // namespace rappel::sqlite
