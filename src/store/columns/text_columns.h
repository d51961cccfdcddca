// TextColumns: the texts of a block's documents, by key and ascending, so that a condition on parts of texts
// needs no database. A text is the number of bytes that it shares with the one before it, and its other bytes
// (front coding): paths and ids take a few bytes each. A prefix is a part of the array; a part of texts is
// looked for in the bytes that differ. Immutable after the build.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/columns/term_sets.h"
#include "store/columns/text_arena.h"

namespace rappel {

struct TextEntry {
  std::uint64_t key = 0;  // the hash of a key, or of the lists under a key (column_terms.h)
  std::string_view text;  // in an arena
  DocumentSlot slot = 0;
  friend bool operator==(const TextEntry&, const TextEntry&) = default;
};

// By key, bytes of the text and slot.
bool before(const TextEntry& a, const TextEntry& b);

class TextColumns {
 public:
  TextColumns() = default;
  // `entries` ascend, without repetition. Their texts are copied.
  explicit TextColumns(std::span<const TextEntry> entries);

  // Sets the bits of the documents that have a text under the key that begins with `wanted`, or has it in it.
  void mark_prefix(std::uint64_t key, std::string_view wanted, std::span<std::uint64_t> bits) const;
  void mark_part(std::uint64_t key, std::string_view wanted, std::span<std::uint64_t> bits) const;
  // Those that it was built from, with their texts in the arena.
  std::vector<TextEntry> entries(TextArena& arena) const;
  std::size_t bytes() const;

 private:
  // Some texts of one key; nothing before them is needed to read them.
  struct Group {
    std::uint64_t begin = 0;  // in `coded_`
    std::uint32_t slots = 0;  // begin in `slots_`
    std::uint32_t texts = 0;
  };
  struct Column {
    std::uint64_t key = 0;
    std::uint32_t begin = 0, end = 0;  // in `groups_`
  };
  class Cursor;

  std::span<const Group> groups_of(std::uint64_t key) const;
  std::string_view first_text(const Group& group) const;
  void add(const TextEntry& entry, std::string_view before, std::span<const TextEntry> equal);

  std::vector<Column> columns_;  // ascending by key
  std::vector<Group> groups_;
  std::string
      coded_;  // each text: bytes that it shares, other bytes, documents (as varints), and those bytes
  std::vector<DocumentSlot> slots_;
};

}  // namespace rappel
