// TermNames: names of the terms of a block, sorted, so that terms are found by the beginning of a name or by
// a similar one. A name of a word is a way to write it; several names may have one term, and one name several
// terms.
//
// An entry is: bytes that the name shares with the one before it (1 byte), the number of other bytes (1),
// these bytes, the place of its term among the terms of the block (4, little-endian). Every 16th entry shares
// nothing, and its place is in `starts`. Entries ascend by name, then by term.
//
// Views of memory that somebody else keeps. Damaged bytes give wrong names, but no access outside of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace rappel {

struct TermNames {
  static constexpr std::size_t kEvery = 16;  // entries from start to start
  // Longer names are not kept.
  static constexpr std::size_t kLongest = 64;

  std::span<const std::uint8_t> bytes;
  std::span<const std::uint32_t> starts;

  std::size_t size_bytes() const { return bytes.size_bytes() + starts.size_bytes(); }
};

// Walks over entries in order.
class TermNameCursor {
 public:
  // Stands before the first entry.
  explicit TermNameCursor(const TermNames& names) : names_(names) {}

  // Goes to the next entry; false: there is none.
  bool next();
  // Goes to the next entry whose name has another beginning of `bytes` bytes than this one, which is at least
  // as long; false: there is none. Does not read most of the entries between them.
  bool skip(std::size_t bytes);
  // Goes to before the first entry whose name is not less than `name`.
  void seek(std::string_view name);

  std::string_view name() const { return {name_.data(), length_}; }
  std::uint32_t term() const { return term_; }
  // Bytes that the name has in common with that of the entry before.
  std::size_t shared() const { return shared_; }

 private:
  // Whether the name at the start, which shares nothing, begins so.
  bool begins(std::size_t start, std::string_view beginning) const;

  TermNames names_;
  std::size_t at_ = 0;
  std::size_t next_start_ = 0;  // skip(): the first one that may be after at_
  std::array<char, TermNames::kLongest> name_{};
  std::size_t length_ = 0, shared_ = 0;
  std::uint32_t term_ = 0;
};

// Writes entries in their order.
class TermNameWriter {
 public:
  // At most TermNames::kLongest bytes. The entry before, again, is left out.
  void add(std::string_view name, std::uint32_t term);
  TermNames names() const { return {bytes_, starts_}; }
  void shrink_to_fit();

 private:
  std::vector<std::uint8_t> bytes_;
  std::vector<std::uint32_t> starts_;
  std::array<char, TermNames::kLongest> last_{};
  std::size_t last_length_ = 0, count_ = 0;
  std::uint32_t last_term_ = 0;
};

}  // namespace rappel
