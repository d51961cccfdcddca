// Checksum: 64 bits over the fields of one record, stored beside them, so that a byte that changed on disk is
// noticed when it is read. Not for adversaries. The definition is part of the file format (docs/storage.md):
//
//   h starts at 0x9e3779b97f4a7c15. A word w is added as h = (rotate_left(h, 23) ^ w) * 0xff51afd7ed558ccd
//   (mod 2^64). A text or blob adds its length + 1, then its bytes as little-endian words, the last one
//   padded with zeros. An absent field adds the word 0. The sum is h ^ (h >> 32), as a signed integer.
//
// Every step is a bijection of h for a given w and of w for a given h: one changed word always changes the
// sum's h.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

namespace rappel::sqlite {

static_assert(std::endian::native == std::endian::little, "the file format is little-endian");

class Checksum {
 public:
  Checksum& add(std::int64_t value) { return word(static_cast<std::uint64_t>(value)); }
  Checksum& add(std::span<const std::byte> bytes) {
    word(bytes.size() + 1);
    std::size_t i = 0;
    for (std::uint64_t w; i + 8 <= bytes.size(); i += 8) {
      std::memcpy(&w, bytes.data() + i, 8);
      word(w);
    }
    if (i < bytes.size()) {
      std::uint64_t w = 0;
      std::memcpy(&w, bytes.data() + i, bytes.size() - i);
      word(w);
    }
    return *this;
  }
  Checksum& add(std::string_view text) { return add(std::as_bytes(std::span(text.data(), text.size()))); }
  template <class T>
  Checksum& add(const std::optional<T>& field) {
    if (!field) return word(0);
    if constexpr (std::is_integral_v<T>) {
      return word(1).add(static_cast<std::int64_t>(*field));
    } else {
      return add(std::string_view(*field));
    }
  }
  std::int64_t sum() const { return static_cast<std::int64_t>(hash_ ^ (hash_ >> 32)); }

 private:
  Checksum& word(std::uint64_t w) {
    hash_ = (std::rotl(hash_, 23) ^ w) * 0xff51afd7ed558ccdu;
    return *this;
  }
  std::uint64_t hash_ = 0x9e3779b97f4a7c15u;
};

}  // namespace rappel::sqlite
