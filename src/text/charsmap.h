// Charsmap: SentencePiece's precompiled normalisation (nmt_nfkc and its kind), applied as Hugging Face
// `tokenizers` does.
//
// The file's bytes: u32 length of a Darts double array, the array (u32 cells, little-endian), then
// NUL-terminated UTF-8 replacements that the array's leaves point into. The array is taken as hostile: each
// step of a look-up is checked.
//
// A grapheme cluster of under 6 bytes is looked up as a whole, and the entry of its *shortest* prefix
// replaces all of it; otherwise each character is looked up alone. So U+FB01 U+0301 becomes "fi" and loses
// the accent, while half-width katakana with its sound mark (6 bytes) stays two characters. NUL is never
// found.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/normalizer.h"

namespace rappel {

class Charsmap final : public Normalizer {
 public:
  // From the base64 text in tokenizer.json. kCorrupt when it is not base64, is cut short, or a character's
  // entry points outside of the replacements.
  static Result<std::unique_ptr<const Normalizer>> decode(std::string_view base64);

  bool apply(const NormalText& in, NormalText& out, StopPoll& stop) const override;

  // Replacement of the shortest prefix of `chunk` that has one.
  std::optional<std::string_view> find(std::string_view chunk) const;

 private:
  Charsmap() = default;
  static Result<std::unique_ptr<Charsmap>> parse(std::string_view blob);
  Status index_characters();
  std::optional<std::uint32_t> find_leaf(std::string_view chunk) const;
  bool may_change(char32_t c) const { return c >= 0x10000 || (mapped_[c >> 6] >> (c & 63) & 1) != 0; }
  std::size_t apply_ascii(const NormalText& in, std::size_t at, NormalText& out) const;
  std::size_t apply_cluster(const NormalText& in, std::size_t at, NormalText& out, StopPoll& stop) const;
  void apply_character(const NormalText& in, std::size_t begin, std::size_t end, NormalText& out) const;

  std::vector<std::uint32_t> cells_;
  std::string replacements_;
  std::array<std::uint64_t, 0x10000 / 64> mapped_{};  // characters of the basic plane that have an entry
};

}  // namespace rappel
