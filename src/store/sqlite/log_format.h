// The write-ahead log as SQLite's file format defines it (https://www.sqlite.org/walformat.html): a header of
// 32 bytes, then frames of a header of 24 bytes and one page. Each frame's checksum continues the one before,
// so a frame can be checked by itself with the stored checksum of its predecessor. Numbers are big-endian;
// checksums are over little-endian words (the low bit of the magic number is 0), as this program writes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace rappel::sqlite {

constexpr std::size_t kLogHeaderBytes = 32;
constexpr std::size_t kFrameHeaderBytes = 24;
constexpr std::size_t kFrameSumAt = 16;      // in a frame's header
constexpr std::size_t kLogHeaderSumAt = 24;  // in the log's header

inline std::uint32_t big_endian(const std::byte* at) {
  return std::to_integer<std::uint32_t>(at[0]) << 24 | std::to_integer<std::uint32_t>(at[1]) << 16 |
         std::to_integer<std::uint32_t>(at[2]) << 8 | std::to_integer<std::uint32_t>(at[3]);
}

inline void put_big_endian(std::byte* at, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) at[i] = static_cast<std::byte>(value >> (24 - 8 * i));
}

struct LogSum {
  std::uint32_t a = 0, b = 0;
  bool operator==(const LogSum&) const = default;

  static LogSum stored(const std::byte* at) { return {big_endian(at), big_endian(at + 4)}; }
  void store(std::byte* at) const {
    put_big_endian(at, a);
    put_big_endian(at + 4, b);
  }
  // `bytes`: a multiple of 8.
  LogSum& add(std::span<const std::byte> bytes);
  // Undoes add().
  LogSum& take_back(std::span<const std::byte> bytes);
};

// The sum of a frame whose predecessor (the log's header for the first) has the sum `before`.
LogSum frame_sum(LogSum before, std::span<const std::byte> header, std::span<const std::byte> page);

}  // namespace rappel::sqlite
