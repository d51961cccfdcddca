#include "codec/base64.h"

#include <cstddef>
#include <cstdint>

namespace rappel {
namespace {

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::size_t kGroup = 3;  // bytes, which become four characters

}  // namespace

void append_base64(std::string& out, std::string_view bytes) {
  std::size_t at = out.size();
  out.resize(at + (bytes.size() + kGroup - 1) / kGroup * 4, '=');
  for (std::size_t i = 0; i < bytes.size(); i += kGroup) {
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < kGroup; ++k)
      bits = bits << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    const std::size_t given = bytes.size() - i < kGroup ? bytes.size() - i : kGroup;
    for (std::size_t k = 0; k <= given; ++k) out[at + k] = kAlphabet[bits >> (18 - 6 * k) & 63];
    at += 4;
  }
}

}  // namespace rappel
