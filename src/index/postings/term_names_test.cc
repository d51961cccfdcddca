#include "index/postings/term_names.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "index/postings/name_edits.h"
#include "index/postings/postings_index.h"
#include "index/postings/term_key.h"

namespace rappel {
namespace {

using Entry = std::pair<std::string, std::uint32_t>;

std::set<Entry> random_entries(std::mt19937& random, std::size_t count) {
  std::set<Entry> entries;
  for (std::size_t i = 0; i < count; ++i) {
    std::string name;
    for (unsigned n = random() % 12; n > 0; --n) name += static_cast<char>('a' + random() % 3);
    entries.insert({name, static_cast<std::uint32_t>(random() % 4 == 0 ? random() : random() % 5)});
  }
  return entries;
}

TermNameWriter write(const std::set<Entry>& entries) {
  TermNameWriter writer;
  for (const auto& [name, term] : entries) {
    writer.add(name, term);
    writer.add(name, term);
  }
  return writer;
}

std::vector<Entry> read(TermNameCursor cursor) {
  std::vector<Entry> entries;
  while (cursor.next()) entries.emplace_back(cursor.name(), cursor.term());
  return entries;
}

TEST(TermNames, GivesBackWhatWasWritten) {
  std::mt19937 random(1);
  for (const std::size_t count : {0u, 1u, 15u, 16u, 17u, 400u}) {
    const std::set<Entry> entries = random_entries(random, count);
    const TermNameWriter writer = write(entries);
    EXPECT_EQ(read(TermNameCursor(writer.names())), std::vector<Entry>(entries.begin(), entries.end()));
  }
}

TEST(TermNames, SeekStandsBeforeTheFirstNameThatIsNotLess) {
  std::mt19937 random(2);
  const std::set<Entry> entries = random_entries(random, 300);
  const TermNameWriter writer = write(entries);
  for (const auto& [wanted, term] : random_entries(random, 200)) {
    for (const std::string& name : {wanted, wanted.substr(0, 3), std::string(), std::string("~")}) {
      TermNameCursor cursor(writer.names());
      cursor.seek(name);
      EXPECT_EQ(read(cursor), std::vector<Entry>(entries.lower_bound({name, 0}), entries.end())) << name;
    }
  }
}

TEST(TermNames, SkipsNamesThatBeginAlike) {
  std::mt19937 random(8);
  for (int i = 0; i < 200; ++i) {
    const std::set<Entry> entries = random_entries(random, 1 + random() % 400);
    const TermNameWriter writer = write(entries);
    TermNameCursor cursor(writer.names());
    std::vector<std::string> expected;
    auto entry = entries.begin();
    bool more = cursor.next();
    while (more) {
      ASSERT_NE(entry, entries.end());
      EXPECT_EQ(cursor.name(), entry->first);
      EXPECT_EQ(cursor.term(), entry->second);
      const std::string name = entry->first;
      const std::size_t bytes = random() % (name.size() + 1);
      const bool skips = random() % 2 == 0 && bytes > 0;
      more = skips ? cursor.skip(bytes) : cursor.next();
      const auto alike = [&] { return entry->first.starts_with(name.substr(0, bytes)); };
      do {
        ++entry;
      } while (entry != entries.end() && skips && alike());
      if (!more || entry == entries.end()) continue;
      EXPECT_EQ(cursor.name().substr(0, cursor.shared()), name.substr(0, cursor.shared()));
      EXPECT_TRUE(!skips || cursor.shared() < bytes);
    }
    EXPECT_EQ(entry, entries.end());
  }
}

TEST(TermNames, SharedIsWhatTwoNamesHaveInCommon) {
  std::mt19937 random(3);
  const TermNameWriter writer = write(random_entries(random, 300));
  TermNameCursor cursor(writer.names());
  std::string before;
  while (cursor.next()) {
    EXPECT_EQ(std::string(cursor.name().substr(0, cursor.shared())), before.substr(0, cursor.shared()));
    before = cursor.name();
  }
}

TEST(TermNames, DamagedBytesAreReadWithinTheirBounds) {
  std::mt19937 random(4);
  const TermNameWriter writer = write(random_entries(random, 200));
  const TermNames names = writer.names();
  for (int i = 0; i < 2000; ++i) {
    // On the heap, so that sanitizers see each byte that is read outside.
    std::vector<std::uint8_t> bytes(names.bytes.begin(), names.bytes.end());
    std::vector<std::uint32_t> starts(names.starts.begin(), names.starts.end());
    for (unsigned n = 1 + random() % 8; n > 0; --n)
      bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    if (random() % 2 == 0) starts[random() % starts.size()] = static_cast<std::uint32_t>(random());
    bytes.resize(random() % (bytes.size() + 1));
    bytes.shrink_to_fit();
    TermNameCursor cursor({bytes, starts});
    while (cursor.next() && cursor.skip(1 + random() % 4))
      EXPECT_LE(cursor.name().size(), TermNames::kLongest);
    cursor.seek("abc");
    for (const auto& [name, term] : read(cursor)) EXPECT_LE(name.size(), TermNames::kLongest);
  }
}

TEST(TermNames, TermKeysCanBeTurnedBack) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t term = random();
    EXPECT_EQ(term_of_key(term_key(term)), term);
  }
}

// Names of rows in random changes against a set; a name goes with its term, at the latest when blocks are
// merged.
TEST(TermNames, FollowTheChangesOfAnIndex) {
  std::mt19937 random(6);
  PostingsIndex index(256);
  std::vector<std::vector<Entry>> rows;  // by row
  std::vector<bool> live;
  for (int step = 0; step < 60; ++step) {
    PostingsIndexBuilder builder(index);
    for (unsigned n = random() % 60; n > 0; --n) {
      std::vector<Entry> entries;
      for (const Entry& entry : random_entries(random, 5))
        entries.emplace_back(entry.first, entry.second % 40);
      std::vector<TermImpact> impacts;
      std::vector<TermName> names;
      for (const auto& [name, term] : entries) {
        impacts.push_back({term, 1});
        names.push_back({term, name});
        names.push_back({term, name});
      }
      builder.append(static_cast<std::int64_t>(rows.size()), impacts, names);
      rows.push_back(entries);
      live.push_back(true);
    }
    if (step % 2 == 1 && !rows.empty()) {
      const std::size_t first = random() % rows.size(), count = random() % 40;
      builder.remove({static_cast<std::int64_t>(first), static_cast<std::int64_t>(count)});
      for (std::size_t row = first; row < std::min(rows.size(), first + count); ++row) live[row] = false;
    }
    index = std::move(builder).finish();
    std::set<std::pair<std::string, std::uint64_t>> found, near;
    index.visit_names("ab", [&](std::string_view name, std::uint64_t term) {
      EXPECT_TRUE(name.starts_with("ab"));
      if (index.rows_with(term) > 0) found.emplace(name, term);
    });
    index.visit_similar_names("abca", 1, [&](std::string_view name, std::uint64_t term) {
      if (index.rows_with(term) > 0) near.emplace(name, term);
    });
    std::size_t similar = 0;
    for (std::size_t row = 0; row < rows.size(); ++row)
      for (const auto& [name, term] : rows[row]) {
        if (!live[row]) continue;
        EXPECT_EQ(found.contains({name, term}), name.starts_with("ab")) << name;
        const bool is_near = NameEdits("abca", 1).of(name, 0) <= 1;
        EXPECT_EQ(near.contains({name, term}), is_near) << name;
        similar += is_near ? 1 : 0;
      }
    EXPECT_TRUE(step < 50 || similar > 0);
  }
}

TEST(TermNames, GoAwayWithTheirTerms) {
  PostingsIndexBuilder builder{PostingsIndex()};
  const std::vector<TermImpact> impacts = {{1, 1}};
  const std::vector<TermImpact> others = {{2, 1}};
  const std::string longest(TermNames::kLongest, 'y'), too_long(TermNames::kLongest + 1, 'y');
  for (std::int64_t row = 0; row < 100; ++row)
    builder.append(
        row, row < 50 ? impacts : others,
        row < 50 ? std::vector<TermName>{{1, "x"}} : std::vector<TermName>{{2, longest}, {2, too_long}});
  PostingsIndex index = std::move(builder).finish();
  const auto names = [&](std::string_view prefix) {
    std::vector<std::string> found;
    index.visit_names(prefix, [&](std::string_view name, std::uint64_t) { found.emplace_back(name); });
    return found;
  };
  EXPECT_EQ(names(""), (std::vector<std::string>{"x", longest}));
  PostingsIndexBuilder removing(index);
  removing.remove({0, 50});
  index = std::move(removing).finish();
  EXPECT_EQ(names(""), (std::vector<std::string>{longest})) << "the block was written again";
}

}  // namespace
}  // namespace rappel
