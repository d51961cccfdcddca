// Fingerprints that tell near-duplicate texts: SimHash of 64 bits over shingles of three words (Charikar,
// STOC 2002; Manku, Jain, Das Sarma, WWW 2007). Two texts differ in about (angle / pi) * 64 bits, where the
// angle is that of their shingle counts: 6 bits are texts that share about 95 % of their shingles.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace rappel {

// A word is a run of ASCII letters, digits and other characters beyond ASCII, without regard to ASCII case; a
// character from U+3000 on (CJK) is one by itself. Nothing: the text has less than 12 words.
std::optional<std::uint64_t> text_fingerprint(std::string_view text);

// The number of bits in which near texts differ at most. Among 50 000 unrelated texts, one pair in 200 such
// sets is as near by accident.
inline constexpr int kNearBits = 6;

// Fingerprints of the documents that are stored, searched by comparing all of them: a million take 0.5 ms.
// For one thread.
class NearTexts {
 public:
  using IsThere = std::function<bool(const std::string& id)>;

  // In the place of an earlier one of the id.
  void add(std::uint64_t fingerprint, std::string_view id);
  // At most `limit` ids of documents other than `id` that `is_there` confirms, the earliest first.
  std::vector<std::string> near(std::uint64_t fingerprint, std::string_view id, std::size_t limit,
                                const IsThere& is_there) const;

 private:
  std::vector<std::uint64_t> fingerprints_;
  std::deque<std::string> ids_;                               // of fingerprints_
  std::unordered_map<std::string_view, std::size_t> places_;  // of an id's newest fingerprint
};

}  // namespace rappel
