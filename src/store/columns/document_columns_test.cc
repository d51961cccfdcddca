#include "store/columns/document_columns.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <string>

#include "store/conformance/store_test_util.h"
#include "store/metadata_json.h"

namespace rappel {
namespace {

constexpr SipKey kSecret{1, 2};

struct Stored {
  std::string id;
  Metadata metadata;
  RowRange rows;
};
using Documents = std::map<std::int64_t, Stored>;  // by first row

// The twin: matches() for each document.
std::vector<std::pair<std::int64_t, std::int64_t>> expected(const Documents& documents,
                                                            const Filter& filter) {
  std::vector<std::pair<std::int64_t, std::int64_t>> ranges;
  for (const auto& [first, document] : documents) {
    if (!matches(filter, document.id, document.metadata)) continue;
    if (!ranges.empty() && ranges.back().first + ranges.back().second == first) {
      ranges.back().second += document.rows.count;
    } else {
      ranges.emplace_back(first, document.rows.count);
    }
  }
  return ranges;
}

std::vector<std::pair<std::int64_t, std::int64_t>> selected(const DocumentColumns& columns,
                                                            const Filter& filter) {
  std::vector<std::pair<std::int64_t, std::int64_t>> ranges;
  for (const RowRange& range : columns.select(filter)) ranges.emplace_back(range.first, range.count);
  return ranges;
}

std::string described(const Filter& filter) {
  std::string text = std::to_string(static_cast<int>(filter.op)) + " " + filter.key;
  for (const MetadataValue& value : filter.values) text += " " + value_json(value).dump();
  for (const Filter& child : filter.children) text += " (" + described(child) + ")";
  return text;
}

// Values whose order and equality are easy to get wrong.
MetadataValue edge_value(std::mt19937& random) {
  const std::vector<MetadataValue> values = {std::int64_t{9007199254740993},
                                             9007199254740992.0,
                                             std::numeric_limits<std::int64_t>::max(),
                                             std::numeric_limits<std::int64_t>::min(),
                                             9223372036854775808.0,
                                             -9223372036854775808.0,
                                             1e300,
                                             -1e300,
                                             std::numeric_limits<double>::infinity(),
                                             std::numeric_limits<double>::quiet_NaN(),
                                             -0.0,
                                             std::int64_t{0},
                                             std::int64_t{1},
                                             1.0,
                                             1.5,
                                             true,
                                             false,
                                             std::string(),
                                             std::string("1"),
                                             std::string("2024-05-06"),
                                             Timestamp{"2024-05-06", 1714953600},
                                             Timestamp{"2024-05-06T00:00:00Z", 1714953600},
                                             Timestamp{"1900-01-01", -2208988800},
                                             std::vector<std::string>{},
                                             std::vector<std::string>{"", "1", "1"},
                                             std::vector<std::string>{"2024-05-06", std::string("a\0b", 3)},
                                             std::string("a\0b", 3),
                                             std::string("a\xFF"),
                                             std::string("aba"),
                                             std::string("abab"),
                                             std::string("ababa"),
                                             std::string(300, 'a') + "b"};
  return values[random() % values.size()];
}

// A few keys, so that one key has values of all types; and names that fields have.
std::string edge_key(std::mt19937& random) {
  const std::vector<std::string> keys = {"k",      "l",        "kt",         "",
                                         "author", "filesize", "created_at", "document_id"};
  return keys[random() % keys.size()];
}

Metadata edge_metadata(std::mt19937& random) {
  Metadata metadata = random_metadata(random);
  for (unsigned n = random() % 4; n > 0; --n)
    metadata.custom.insert_or_assign(edge_key(random), edge_value(random));
  if (random() % 8 == 0) metadata.filesize = 9007199254740993;
  return metadata;
}

Filter edge_filter(std::mt19937& random) {
  using Op = Filter::Op;
  const std::string key = edge_key(random);
  switch (random() % 8) {
    case 7: {
      const std::vector<MetadataValue> parts = {std::string("a"),     std::string("ba"),
                                                std::string("aab"),   std::string("\xFF"),
                                                std::string(),        std::string("2024-05"),
                                                std::string("\0", 1), std::string("abab"),
                                                std::int64_t{1},      Timestamp{"2024-05-06", 1714953600}};
      return Filter::compare(random() % 2 == 0 ? Op::kPrefix : Op::kContains, key,
                             parts[random() % parts.size()]);
    }
    case 5: return Filter::either_of({edge_filter(random), edge_filter(random)});
    case 6: return Filter::negation(edge_filter(random));
    case 0: return Filter::exists(key, random() % 2 == 0);
    case 1: {
      std::vector<MetadataValue> values;
      for (unsigned n = random() % 6; n > 0; --n) values.push_back(edge_value(random));
      Filter filter = Filter::any_of(key, std::move(values));
      if (random() % 2 == 0) filter.op = Op::kNotEquals;
      return filter;
    }
    case 2: return Filter::both_of({edge_filter(random), edge_filter(random)});
    default: {
      const Op ops[] = {Op::kLess, Op::kLessOrEqual, Op::kGreater, Op::kGreaterOrEqual};
      return Filter::compare(ops[random() % 4], key, edge_value(random));
    }
  }
}

Filter any_filter(std::mt19937& random) {
  return random() % 2 == 0 ? random_filter(random) : edge_filter(random);
}

// Versions of columns with what they hold.
class Changes {
 public:
  Changes(unsigned seed, bool texts, std::size_t block_documents)
      : random_(seed), columns_(texts, kSecret, block_documents) {}

  void change() {
    DocumentColumnsBuilder builder(columns_);
    std::vector<Stored> again;
    for (auto at = documents_.begin(); at != documents_.end();) {
      const unsigned fate = random_() % 24;
      if (fate > 2) {
        ++at;
        continue;
      }
      builder.remove(at->second.rows);
      if (fate == 0) {
        again.push_back({at->second.id, edge_metadata(random_), at->second.rows});
        ++at;
      } else {
        at = documents_.erase(at);
      }
    }
    for (unsigned n = random_() % 3 == 0 ? random_() % 60 : random_() % 3; n > 0; --n) {
      if (random_() % 9 == 0) next_row_ += 1 + random_() % 5;  // a gap
      const auto count = static_cast<std::int64_t>(1 + random_() % 4);
      again.push_back({"d" + std::to_string(random_() % 90), edge_metadata(random_), {next_row_, count}});
      next_row_ += count;
    }
    for (const Stored& document : again) {
      builder.append(document.id, document.metadata, document.rows);
      documents_.insert_or_assign(document.rows.first, document);
    }
    columns_ = std::move(builder).finish();
  }

  std::mt19937& random() { return random_; }
  const DocumentColumns& columns() const { return columns_; }
  const Documents& documents() const { return documents_; }

 private:
  std::mt19937 random_;
  std::int64_t next_row_ = 1;
  Documents documents_;
  DocumentColumns columns_;
};

class DocumentColumnsTwin : public testing::TestWithParam<std::size_t> {};

TEST_P(DocumentColumnsTwin, SelectsAsMatchesDoes) {
  std::size_t found = 0;
  for (unsigned seed = 0; seed < 40; ++seed) {
    const bool texts = seed % 4 != 0;
    Changes changes(seed, texts, GetParam());
    DocumentColumns before = changes.columns();
    Documents before_documents;
    for (int version = 0; version < 12; ++version) {
      changes.change();
      ASSERT_EQ(changes.columns().size(), changes.documents().size());
      for (int i = 0; i < 12; ++i) {
        const Filter filter = any_filter(changes.random());
        if (filter.reads_texts() && !texts) continue;
        const auto ranges = selected(changes.columns(), filter);
        ASSERT_EQ(ranges, expected(changes.documents(), filter))
            << "seed " << seed << ": " << described(filter);
        ASSERT_EQ(selected(before, filter), expected(before_documents, filter))
            << described(filter);  // older versions stay
        found += ranges.size();
      }
      before = changes.columns();
      before_documents = changes.documents();
    }
  }
  EXPECT_GT(found, 10'000u);  // the filters are not all empty
}

INSTANTIATE_TEST_SUITE_P(BlockSizes, DocumentColumnsTwin,
                         testing::Values(1, 7, 200, ColumnBlock::kMostDocuments));

TEST(DocumentColumns, FullBlocksHoldTheLastSlot) {
  DocumentColumnsBuilder builder{DocumentColumns(false, kSecret)};
  const std::int64_t documents = ColumnBlock::kMostDocuments + 10;
  Metadata metadata;
  for (std::int64_t i = 0; i < documents; ++i) {
    metadata.filesize = i;
    metadata.author = i % 2 == 0 ? "even" : "odd";
    builder.append("d" + std::to_string(i), metadata, {1 + 2 * i, 2});
  }
  const DocumentColumns columns = std::move(builder).finish();
  using Ranges = std::vector<std::pair<std::int64_t, std::int64_t>>;
  const std::int64_t last = ColumnBlock::kMostDocuments - 1;
  EXPECT_EQ(selected(columns, Filter::document("d" + std::to_string(last))), (Ranges{{1 + 2 * last, 2}}));
  EXPECT_EQ(selected(columns, Filter::compare(Filter::Op::kGreaterOrEqual, "filesize", last - 1)),
            (Ranges{{2 * last - 1, 2 * (documents - last + 1)}}));
  EXPECT_EQ(columns.select(Filter::equals("author", std::string("odd"))).size(),
            static_cast<std::size_t>(documents) / 2);
  EXPECT_EQ(selected(columns, Filter::all()), (Ranges{{1, 2 * documents}}));
}

TEST(DocumentColumns, MemoryComesBackAfterRemovals) {
  DocumentColumnsBuilder builder{DocumentColumns(false, kSecret)};
  std::mt19937 random(3);
  for (std::int64_t i = 0; i < 20'000; ++i)
    builder.append("d" + std::to_string(i), random_metadata(random), {1 + i, 1});
  const DocumentColumns full = std::move(builder).finish();
  DocumentColumnsBuilder fewer(full);
  fewer.remove({1, 19'000});
  const DocumentColumns rest = std::move(fewer).finish();
  EXPECT_EQ(rest.size(), 1000u);
  EXPECT_LT(rest.bytes(), full.bytes() / 10);
}

constexpr std::int64_t kDocuments = 50'000;

DocumentColumns typical_documents(bool texts) {
  DocumentColumnsBuilder builder{DocumentColumns(texts, kSecret)};
  std::mt19937 random(4);
  for (std::int64_t i = 0; i < kDocuments; ++i) {
    const std::string number = std::to_string(i);
    Metadata metadata;
    metadata.source = "file";
    metadata.source_id = "reports/2024/" + number + ".pdf";
    metadata.url = "https://example.com/reports/" + number;
    metadata.created_at = Timestamp{"date " + number, 1'700'000'000 + i};
    metadata.author = "author " + std::to_string(random() % 500);
    metadata.filename = number + ".pdf";
    metadata.filesize = static_cast<std::int64_t>(random());
    builder.append("id-" + number, metadata, {1 + 8 * i, 8});
  }
  return std::move(builder).finish();
}

TEST(DocumentColumns, ATypicalDocumentTakesLessThan120Bytes) {
  EXPECT_LT(typical_documents(false).bytes(), 120u * kDocuments);
  EXPECT_EQ(typical_documents(false).text_bytes(), 0u);
}

// An id, three paths, a date and an author, of 100 bytes.
TEST(DocumentColumns, ItsTextsTakeLessThan80BytesMore) {
  const DocumentColumns columns = typical_documents(true);
  EXPECT_LT(columns.text_bytes(), 80u * kDocuments);
  EXPECT_LT(columns.bytes(), 200u * kDocuments);
  const auto part = [&](Filter::Op op, const char* key, const char* wanted) {
    std::int64_t rows = 0;
    for (const RowRange& range : columns.select(Filter::compare(op, key, std::string(wanted))))
      rows += range.count;
    return rows / 8;
  };
  EXPECT_EQ(part(Filter::Op::kPrefix, "source_id", "reports/2024/1234"), 11);
  EXPECT_EQ(part(Filter::Op::kContains, "url", "/49999"), 1);
  EXPECT_EQ(part(Filter::Op::kContains, "url", "/4999"), 11);
  EXPECT_EQ(part(Filter::Op::kPrefix, "document_id", "id-"), kDocuments);
  EXPECT_EQ(part(Filter::Op::kPrefix, "document_id", "id."), 0);
}

}  // namespace
}  // namespace rappel
