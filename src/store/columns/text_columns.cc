#include "store/columns/text_columns.h"

#include <algorithm>
#include <tuple>

#include "index/slot_bits.h"

namespace rappel {
namespace {

constexpr std::uint32_t kGroupTexts = 32;

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

std::uint64_t read_varint(const char*& at) {
  std::uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(*at++);
    value |= std::uint64_t{byte & 0x7Fu} << shift;
    if (byte < 0x80) return value;
  }
}

std::size_t shared_bytes(std::string_view a, std::string_view b) {
  const auto end = std::mismatch(a.begin(), a.begin() + std::min(a.size(), b.size()), b.begin()).first;
  return static_cast<std::size_t>(end - a.begin());
}

}  // namespace

bool before(const TextEntry& a, const TextEntry& b) {
  return std::tie(a.key, a.text, a.slot) < std::tie(b.key, b.text, b.slot);
}

// Reads the texts of groups in a row.
class TextColumns::Cursor {
 public:
  Cursor(const TextColumns& columns, std::span<const Group> groups)
      : at_(groups.empty() ? nullptr : columns.coded_.data() + groups.front().begin),
        slots_(groups.empty() ? nullptr : columns.slots_.data() + groups.front().slots) {
    for (const Group& group : groups) left_ += group.texts;
  }

  bool next() {
    if (left_ == 0) return false;
    --left_;
    slots_ += count_;
    shared_ = read_varint(at_);
    const std::size_t rest = read_varint(at_);
    count_ = read_varint(at_);
    text_.resize(shared_);
    text_.append(at_, rest);
    at_ += rest;
    return true;
  }

  const std::string& text() const { return text_; }
  std::size_t shared() const { return shared_; }  // bytes of the text before
  std::span<const DocumentSlot> slots() const { return {slots_, count_}; }
  void mark(std::span<std::uint64_t> bits) const {
    for (const DocumentSlot slot : slots()) set_bit(bits, slot);
  }

 private:
  const char* at_;
  const DocumentSlot* slots_;
  std::size_t left_ = 0, shared_ = 0, count_ = 0;
  std::string text_;
};

TextColumns::TextColumns(std::span<const TextEntry> entries) {
  slots_.reserve(entries.size());
  for (std::size_t i = 0, end; i < entries.size(); i = end) {
    const TextEntry& entry = entries[i];
    end = i + 1;
    while (end < entries.size() && entries[end].key == entry.key && entries[end].text == entry.text) ++end;
    const bool first_of_key = i == 0 || entries[i - 1].key != entry.key;
    if (first_of_key) {
      const auto group = static_cast<std::uint32_t>(groups_.size());
      columns_.push_back({entry.key, group, group});
    }
    const bool first_of_group = first_of_key || groups_.back().texts == kGroupTexts;
    if (first_of_group) {
      groups_.push_back({coded_.size(), static_cast<std::uint32_t>(slots_.size()), 0});
      ++columns_.back().end;
    }
    ++groups_.back().texts;
    add(entry, first_of_group ? std::string_view() : entries[i - 1].text, entries.subspan(i, end - i));
  }
  columns_.shrink_to_fit();
  groups_.shrink_to_fit();
  coded_.shrink_to_fit();
}

void TextColumns::add(const TextEntry& entry, std::string_view before, std::span<const TextEntry> equal) {
  const std::size_t shared = shared_bytes(before, entry.text);
  append_varint(coded_, shared);
  append_varint(coded_, entry.text.size() - shared);
  append_varint(coded_, equal.size());
  coded_ += entry.text.substr(shared);
  for (const TextEntry& one : equal) slots_.push_back(one.slot);
}

std::span<const TextColumns::Group> TextColumns::groups_of(std::uint64_t key) const {
  const auto found = std::ranges::lower_bound(columns_, key, {}, &Column::key);
  if (found == columns_.end() || found->key != key) return {};
  return std::span(groups_).subspan(found->begin, found->end - found->begin);
}

std::string_view TextColumns::first_text(const Group& group) const {
  const char* at = coded_.data() + group.begin;
  read_varint(at);  // it shares nothing
  const std::size_t size = read_varint(at);
  read_varint(at);
  return {at, size};
}

void TextColumns::mark_prefix(std::uint64_t key, std::string_view wanted,
                              std::span<std::uint64_t> bits) const {
  std::span<const Group> groups = groups_of(key);
  const auto not_before =
      std::ranges::partition_point(groups, [&](const Group& group) { return first_text(group) < wanted; });
  const auto skipped = static_cast<std::size_t>(not_before - groups.begin());
  Cursor cursor(*this, groups.subspan(skipped == 0 ? 0 : skipped - 1));
  while (cursor.next()) {
    const int order = std::string_view(cursor.text()).substr(0, wanted.size()).compare(wanted);
    if (order > 0) return;
    if (order == 0) cursor.mark(bits);
  }
}

void TextColumns::mark_part(std::uint64_t key, std::string_view wanted, std::span<std::uint64_t> bits) const {
  const std::size_t overlap = wanted.empty() ? 0 : wanted.size() - 1;
  std::size_t found_end = std::string::npos;  // of the first place where the text before has it
  Cursor cursor(*this, groups_of(key));
  while (cursor.next()) {
    if (found_end == std::string::npos || found_end > cursor.shared()) {
      const std::size_t from = cursor.shared() - std::min(cursor.shared(), overlap);
      const std::size_t found = cursor.text().find(wanted, from);
      found_end = found == std::string::npos ? found : found + wanted.size();
    }
    if (found_end != std::string::npos) cursor.mark(bits);
  }
}

std::vector<TextEntry> TextColumns::entries(TextArena& arena) const {
  std::vector<TextEntry> all;
  all.reserve(slots_.size());
  for (const Column& column : columns_) {
    Cursor cursor(*this, groups_of(column.key));
    while (cursor.next()) {
      const std::string_view text = arena.add(cursor.text());
      for (const DocumentSlot slot : cursor.slots()) all.push_back({column.key, text, slot});
    }
  }
  return all;
}

std::size_t TextColumns::bytes() const {
  return columns_.capacity() * sizeof(Column) + groups_.capacity() * sizeof(Group) + coded_.size() +
         slots_.capacity() * sizeof(DocumentSlot);
}

}  // namespace rappel
