#include "store/sqlite/log_format.h"

#include <bit>
#include <cstring>

namespace rappel::sqlite {

static_assert(std::endian::native == std::endian::little, "the file format is little-endian");

LogSum& LogSum::add(std::span<const std::byte> bytes) {
  for (std::size_t i = 0; i + 8 <= bytes.size(); i += 8) {
    std::uint32_t words[2];
    std::memcpy(words, bytes.data() + i, 8);
    a += words[0] + b;
    b += words[1] + a;
  }
  return *this;
}

LogSum& LogSum::take_back(std::span<const std::byte> bytes) {
  for (std::size_t end = bytes.size(); end >= 8; end -= 8) {
    std::uint32_t words[2];
    std::memcpy(words, bytes.data() + end - 8, 8);
    b -= words[1] + a;
    a -= words[0] + b;
  }
  return *this;
}

LogSum frame_sum(LogSum before, std::span<const std::byte> header, std::span<const std::byte> page) {
  return before.add(header.first(8)).add(page);
}

}  // namespace rappel::sqlite
