// ColumnTerms: the terms that metadata become in the columns. Terms are keyed hashes (SipHash) of 64 bits:
// two values have the same one by accident only, in 1 of 2^64 cases, and nobody can make such values on
// purpose.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "codec/sip_hash.h"

namespace rappel {

class ColumnTerms {
 public:
  explicit ColumnTerms(const SipKey& secret) : secret_(secret) {}

  std::uint64_t key(std::string_view key) const { return sip_hash(secret_, key); }
  // The rest takes the hash of a key.
  std::uint64_t has(std::uint64_t key) { return hash(key, 'h', {}); }  // the document has the key
  // A text, the text of a date, or an item of a list.
  std::uint64_t text(std::uint64_t key, std::string_view text) { return hash(key, 't', text); }
  // In place of the key, for the items of lists among the texts (text_columns.h).
  std::uint64_t items(std::uint64_t key) { return hash(key, 'i', {}); }
  std::uint64_t flag(std::uint64_t key, bool flag) { return hash(key, flag ? 'y' : 'n', {}); }

 private:
  std::uint64_t hash(std::uint64_t key, char kind, std::string_view text) {
    buffer_.assign(reinterpret_cast<const char*>(&key), sizeof key);
    buffer_ += kind;
    buffer_ += text;
    return sip_hash(secret_, buffer_);
  }

  SipKey secret_;
  std::string buffer_;
};

}  // namespace rappel
