// SipHash-2-4 (Aumasson and Bernstein, 2012): a 64-bit hash with a secret key. Without the key nobody can
// make texts that collide, so texts from strangers can be told apart by it.
#pragma once

#include <cstdint>
#include <string_view>

namespace rappel {

struct SipKey {
  std::uint64_t low = 0, high = 0;

  // From the generator of the system.
  static SipKey random();
};

std::uint64_t sip_hash(const SipKey& key, std::string_view bytes);

}  // namespace rappel
