#include "base/os/random.h"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/check.h"

namespace rappel {
namespace {

std::vector<std::uint8_t> random_bytes(std::size_t count) {
  std::vector<std::uint8_t> bytes(count);
  for (std::size_t done = 0; done < count;) {
    const std::size_t piece = std::min<std::size_t>(256, count - done);
    RAPPEL_CHECK(::getentropy(bytes.data() + done, piece) == 0, "the system gives no random numbers");
    done += piece;
  }
  return bytes;
}

std::string hex(const std::vector<std::uint8_t>& bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const std::uint8_t byte : bytes) {
    out.push_back(kDigits[byte >> 4]);
    out.push_back(kDigits[byte & 15]);
  }
  return out;
}

}  // namespace

std::string random_hex(std::size_t bytes) { return hex(random_bytes(bytes)); }

std::string random_uuid() {
  std::vector<std::uint8_t> bytes = random_bytes(16);
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
  std::string text = hex(bytes);
  for (const std::size_t at : {8, 13, 18, 23}) text.insert(at, 1, '-');
  return text;
}

}  // namespace rappel
