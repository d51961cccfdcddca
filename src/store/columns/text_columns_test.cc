#include "store/columns/text_columns.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "index/slot_bits.h"

namespace rappel {
namespace {

// Entries with the texts that they view.
struct Texts {
  void add(std::uint64_t key, std::string_view text, DocumentSlot slot) {
    entries.push_back({key, arena.add(text), slot});
  }
  void sort() {
    std::ranges::sort(entries, [](const TextEntry& a, const TextEntry& b) { return before(a, b); });
    entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
  }
  TextArena arena;
  std::vector<TextEntry> entries;
};

constexpr std::size_t kSlots = 300;

template <class Holds>
std::vector<std::uint64_t> expected(const Texts& texts, std::uint64_t key, const Holds& holds) {
  std::vector<std::uint64_t> bits((kSlots + 63) / 64);
  for (const TextEntry& entry : texts.entries)
    if (entry.key == key && holds(entry.text)) set_bit(std::span(bits), entry.slot);
  return bits;
}

std::string random_text(std::mt19937& random) {
  std::string text = random() % 2 == 0 ? "" : "aabaab";
  for (unsigned n = random() % (random() % 20 == 0 ? 400 : 6); n > 0; --n)
    text += std::string("ab\0\x7F\x80\xFF", 6)[random() % 6];
  return text;
}

TEST(TextColumns, MarkAsComparisonsOfTextsDo) {
  std::mt19937 random(5);
  for (int round = 0; round < 60; ++round) {
    Texts texts;
    for (unsigned n = random() % 2000; n > 0; --n)
      texts.add(random() % 3, random_text(random), static_cast<DocumentSlot>(random() % kSlots));
    texts.sort();
    const TextColumns columns(texts.entries);
    TextArena arena;
    EXPECT_EQ(columns.entries(arena), texts.entries);
    for (int i = 0; i < 60; ++i) {
      const std::uint64_t key = random() % 4;
      const std::string wanted = random_text(random).substr(0, random() % 8);
      std::vector<std::uint64_t> prefix((kSlots + 63) / 64), part(prefix);
      columns.mark_prefix(key, wanted, prefix);
      columns.mark_part(key, wanted, part);
      ASSERT_EQ(prefix, expected(texts, key, [&](auto text) { return text.starts_with(wanted); })) << wanted;
      ASSERT_EQ(part, expected(texts, key, [&](auto text) { return text.find(wanted) != text.npos; }))
          << wanted;
    }
  }
}

TEST(TextColumns, PathsTakeAFewBytes) {
  Texts texts;
  for (int i = 0; i < 10'000; ++i)
    texts.add(1, "archive/2024/reports/report-" + std::to_string(i) + ".pdf", static_cast<DocumentSlot>(i));
  texts.sort();
  EXPECT_LT(TextColumns(texts.entries).bytes(), 15u * 10'000);
}

TEST(TextArena, TakenTextsStayWhereTheyAre) {
  TextArena arena, other;
  const std::string_view small = arena.add("small"), large = other.add(std::string(200'000, 'x'));
  arena.take(std::move(other));
  EXPECT_EQ(small, "small");
  EXPECT_EQ(large, std::string(200'000, 'x'));
  EXPECT_EQ(arena.bytes(), 200'005u);
}

}  // namespace
}  // namespace rappel
