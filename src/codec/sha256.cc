#include "codec/sha256.h"

#include <openssl/evp.h>

#include "base/check.h"

namespace rappel {

struct Sha256::Context {
  EVP_MD_CTX* evp = EVP_MD_CTX_new();
  ~Context() { EVP_MD_CTX_free(evp); }
  void start() {
    RAPPEL_CHECK(evp != nullptr && EVP_DigestInit_ex(evp, EVP_sha256(), nullptr) == 1, "OpenSSL has SHA-256");
  }
};

Sha256::Sha256() : context_(std::make_unique<Context>()) { context_->start(); }
Sha256::~Sha256() = default;

void Sha256::update(std::span<const std::byte> bytes) {
  RAPPEL_CHECK(EVP_DigestUpdate(context_->evp, bytes.data(), bytes.size()) == 1,
               "hashing memory cannot fail");
}

void Sha256::update(std::string_view text) { update(std::as_bytes(std::span(text))); }

std::string Sha256::finish_hex() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  RAPPEL_CHECK(EVP_DigestFinal_ex(context_->evp, digest, &size) == 1, "hashing memory cannot fail");
  context_->start();
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) {
    hex += "0123456789abcdef"[digest[i] >> 4];
    hex += "0123456789abcdef"[digest[i] & 15];
  }
  return hex;
}

std::string sha256_hex(std::string_view text) {
  Sha256 hash;
  hash.update(text);
  return hash.finish_hex();
}

}  // namespace rappel
