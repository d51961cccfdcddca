#include "codec/sha1.h"

#include <openssl/evp.h>

#include "base/check.h"

namespace rappel {

struct Sha1::Context {
  EVP_MD_CTX* evp = EVP_MD_CTX_new();
  ~Context() { EVP_MD_CTX_free(evp); }
  void start() {
    RAPPEL_CHECK(evp != nullptr && EVP_DigestInit_ex(evp, EVP_sha1(), nullptr) == 1, "OpenSSL has SHA-1");
  }
};

Sha1::Sha1() : context_(std::make_unique<Context>()) { context_->start(); }
Sha1::~Sha1() = default;

void Sha1::update(std::string_view bytes) {
  RAPPEL_CHECK(EVP_DigestUpdate(context_->evp, bytes.data(), bytes.size()) == 1,
               "hashing memory cannot fail");
}

std::string Sha1::finish_hex() {
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

}  // namespace rappel
