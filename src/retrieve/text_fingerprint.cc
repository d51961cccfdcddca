#include "retrieve/text_fingerprint.h"

#include <array>
#include <bit>

namespace rappel {
namespace {

constexpr std::size_t kShingle = 3;  // words
constexpr std::size_t kFewestWords = 12;

// The finalizer of MurmurHash3: every bit of the input changes every bit of the result.
std::uint64_t mix(std::uint64_t hash) {
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
  return hash ^ (hash >> 33);
}

// Counts, for each bit, in how many more shingles it is set than not.
class SimHash {
 public:
  void add_word(std::uint64_t word) {
    last_[words_ % kShingle] = word;
    if (++words_ < kShingle) return;
    std::uint64_t hash = 0;  // in the order of the words
    for (std::size_t i = 0; i < kShingle; ++i) hash = mix(hash + last_[(words_ + i) % kShingle]);
    for (std::size_t bit = 0; bit < 64; ++bit) counts_[bit] += (hash >> bit & 1) != 0 ? 1 : -1;
  }
  std::size_t words() const { return words_; }
  std::uint64_t value() const {
    std::uint64_t value = 0;
    for (std::size_t bit = 0; bit < 64; ++bit)
      if (counts_[bit] > 0) value |= std::uint64_t{1} << bit;
    return value;
  }

 private:
  std::array<std::uint64_t, kShingle> last_{};
  std::array<std::int32_t, 64> counts_{};
  std::size_t words_ = 0;
};

constexpr std::uint64_t kSeed = 0xcbf29ce484222325, kPrime = 0x100000001b3;  // FNV-1a

}  // namespace

std::optional<std::uint64_t> text_fingerprint(std::string_view text) {
  SimHash hash;
  std::uint64_t word = kSeed;
  const auto end_word = [&] {
    if (word != kSeed) hash.add_word(word);
    word = kSeed;
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto c = static_cast<unsigned char>(text[at]);
    const bool is_letter =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c >= 0x80;
    const bool is_alone = c >= 0xe3 && c <= 0xf4;  // starts a character from U+3000 on
    if (!is_letter || is_alone) end_word();
    if (is_letter) word = (word ^ (c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c)) * kPrime;
    if (!is_alone) continue;
    while (at + 1 < text.size() && (static_cast<unsigned char>(text[at + 1]) & 0xc0) == 0x80)
      word = (word ^ static_cast<unsigned char>(text[++at])) * kPrime;
    end_word();
  }
  end_word();
  if (hash.words() < kFewestWords) return std::nullopt;
  return hash.value();
}

void NearTexts::add(std::uint64_t fingerprint, std::string_view id) {
  if (const auto known = places_.find(id); known != places_.end()) {
    fingerprints_[known->second] = fingerprint;
    return;
  }
  places_.emplace(ids_.emplace_back(id), fingerprints_.size());
  fingerprints_.push_back(fingerprint);
}

std::vector<std::string> NearTexts::near(std::uint64_t fingerprint, std::string_view id, std::size_t limit,
                                         const IsThere& is_there) const {
  std::vector<std::string> found;
  for (std::size_t i = 0; i < fingerprints_.size() && found.size() < limit; ++i)
    if (std::popcount(fingerprints_[i] ^ fingerprint) <= kNearBits && ids_[i] != id && is_there(ids_[i]))
      found.push_back(ids_[i]);
  return found;
}

}  // namespace rappel
