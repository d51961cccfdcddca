// Replaces codec/sha256.cc in builds without OpenSSL. It computes an FNV-1a hash instead of SHA-256: model
// files need a digest, but no test of the engine checks it.
#include "codec/sha256.h"

#include <cstdint>

namespace rappel {

struct Sha256::Context {
  std::uint64_t state = 0xcbf29ce484222325;
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {}
Sha256::~Sha256() = default;

void Sha256::update(std::span<const std::byte> bytes) {
  for (const std::byte byte : bytes)
    context_->state = (context_->state ^ static_cast<std::uint64_t>(byte)) * 0x100000001b3;
}

void Sha256::update(std::string_view text) { update(std::as_bytes(std::span(text))); }

std::string Sha256::finish_hex() {
  std::string hex;
  for (int shift = 60; shift >= 0; shift -= 4) hex += "0123456789abcdef"[context_->state >> shift & 15];
  context_->state = Context().state;
  return hex + hex + hex + hex;
}

std::string sha256_hex(std::string_view text) {
  Sha256 hash;
  hash.update(text);
  return hash.finish_hex();
}

}  // namespace rappel
