#include "store/removal.h"

#include <gtest/gtest.h>

#include <random>

#include "codec/json.h"
#include "store/conformance/store_test_util.h"
#include "store/filter_json.h"
#include "store/filter_tree.h"
#include "store/metadata_json.h"

namespace rappel {
namespace {

Filter read(const char* json) {
  const auto filter = read_filter(*parse_json(json));
  EXPECT_TRUE(filter.ok()) << json << ": " << filter.status().to_string();
  return filter.ok() ? *filter : Filter::all();
}

TEST(Removal, FiltersThatLeaveNothingOutAreRefused) {
  for (
      const char* everything :
      {R"({})",
       R"({"document_id":{"$exists":true}})",
       R"({"author":{"$nin":[]}})",
       R"({"author":{"$not":{"$in":[]}}})",
       R"({"$not":{"document_id":{"$exists":false}}})",
       R"({"document_id":{"$not":{"$exists":false}},"author":{"$nin":[]}})",
       R"({"document_id":{"$ne":""}})",
       R"({"created_at":{"$not":{"$contains":"x"}}})",
       R"({"$or":[{"author":"Al"},{"author":{"$ne":"Al"}}]})",
       R"({"$or":[{"author":"Al"},{"$not":{"author":"Al"}}]})",
       R"({"$or":[{"url":{"$exists":false}},{"url":{"$exists":true}}]})",
       R"({"$or":[{"source":["email","file","chat"]},{"source":{"$exists":false}}]})",
       R"({"$or":[{"filesize":{"$lt":10}},{"filesize":{"$gte":10}},{"filesize":{"$exists":false}}]})",
       R"({"$or":[{"filesize":{"$lt":10}},{"filesize":{"$not":{"$lte":9}}}]})",
       R"({"$or":[{"created_at":{"$gte":"0001-01-01"}},{"created_at":{"$exists":false}}]})",
       R"({"$or":[{"created_at":{"$lt":"2024"}},{"created_at":{"$gte":"2023"}},{"created_at":{"$exists":false}}]})",
       R"({"$nor":[{"$and":[{"author":"Al"},{"author":"Ben"}]}]})",
       R"({"$nor":[{"document_id":{"$contains":"a"},"source":"file","$not":{"source":"file"}}]})",
       R"({"$or":[{"author":"Al"},{"$nor":[{"author":"Al","source":"chat"}]}]})",
       R"({"$or":[{"source":"chat"},{"source":{"$ne":"chat"},"author":{"$nin":[]}}]})"}) {
    EXPECT_TRUE(leaves_nothing_out(read(everything))) << everything;
    const Status refusal = check_removal(read(everything));
    EXPECT_EQ(refusal.code(), Code::kInvalidArgument) << everything;
    EXPECT_NE(refusal.message().find("delete_all"), std::string::npos) << everything;
  }
}

TEST(Removal, FiltersThatLeaveSomethingOutAreAccepted) {
  for (const char* part :
       {R"({"author":"Al"})",
        R"({"author":[]})",
        R"({"document_id":"a"})",
        R"({"colour":"red"})",
        R"({"colour":{"$exists":true}})",
        R"({"author":{"$exists":true}})",
        R"({"author":{"$exists":false}})",
        R"({"author":{"$ne":"Al"}})",
        R"({"author":{"$nin":["Al","Ben"]}})",
        R"({"document_id":{"$ne":"a"}})",
        R"({"source":{"$nin":["email","file"]}})",
        R"({"created_at":{"$not":{"$lt":"2024-05-06"}}})",
        R"({"created_at":{"$ne":"2024-05-06"}})",
        R"({"filesize":{"$not":{"$gt":9223372036854775806}}})",
        R"({"filesize":{"$not":{"$lt":-5.5}}})",
        R"({"created_at":{"$not":{"$prefix":"2024-"}}})",
        R"({"created_at":{"$not":{"$contains":"-05-"}}})",
        R"({"url":{"$not":{"$prefix":"https://"}}})",
        R"({"url":{"$not":{"$prefix":"ab","$contains":"cd"}}})",
        R"({"$or":[{"author":{"$ne":"Al"}},{"source":{"$ne":"chat"}},{"url":{"$ne":"u"}}]})",
        R"({"$or":[{"author":{"$ne":"Al"}},{"author":"Ben"}]})",
        R"({"$or":[{"filesize":{"$lt":10}},{"filesize":{"$gt":10}},{"filesize":{"$exists":false}}]})",
        R"({"$or":[{"source":["email","file"]},{"source":{"$exists":false}}]})",
        R"({"document_id":{"$exists":true},"source":"chat"})"}) {
    EXPECT_FALSE(leaves_nothing_out(read(part))) << part;
    EXPECT_TRUE(check_removal(read(part)).ok()) << part;
  }
}

TEST(Removal, ConditionsThatNoValueOfTheFieldMeetsLeaveNothingOutWhenNegated) {
  for (const char* key : {"document_id", "author", "source"}) {
    const Filter never = Filter::compare(Filter::Op::kLess, key, std::int64_t{3});
    EXPECT_FALSE(leaves_nothing_out(never)) << key;
    EXPECT_TRUE(leaves_nothing_out(Filter::negation(never))) << key;
  }
  EXPECT_TRUE(leaves_nothing_out(Filter::compare(Filter::Op::kPrefix, kDocumentIdKey, std::string())));
  EXPECT_FALSE(leaves_nothing_out(Filter::compare(Filter::Op::kPrefix, "author", std::string())));
}

TEST(Removal, AbsenceOfCustomKeysIsRefused) {
  for (const char* absent : {R"({"colour":{"$ne":"red"}})", R"({"$not":{"colour":"red"}})",
                             R"({"author":"Al","colour":{"$exists":false}})",
                             R"({"$or":[{"author":"Al"},{"colour":{"$nin":["red"]}}]})"})
    EXPECT_NE(check_removal(read(absent)).message().find("misspelt key"), std::string::npos) << absent;
}

// Alternatives multiply: without a bound the search would take for ever.
TEST(Removal, EntangledFiltersAreDecidedSoon) {
  std::vector<Filter> alternatives;
  for (int i = 0; i < 25; ++i) {
    std::vector<Filter> none_of;
    for (const char* key : {"document_id", "author", "url", "source_id", "filename"})
      none_of.push_back(Filter::negation(Filter::equals(key, "value " + std::to_string(i))));
    none_of.push_back(Filter::negation(Filter::equals("filesize", std::int64_t{100} * i)));
    alternatives.push_back(Filter::both_of(std::move(none_of)));
  }
  EXPECT_EQ(check_removal(Filter::either_of(alternatives)).code(), Code::kInvalidArgument);
  alternatives.resize(6);
  EXPECT_TRUE(check_removal(Filter::either_of(alternatives)).ok());
}

void replace_key(Filter& filter, const std::string& key, const char* with) {
  if (filter.key == key) filter.key = with;
  for (Filter& child : filter.children) replace_key(child, key, with);
}

std::vector<std::string> keys_in(const Filter& filter) {
  std::vector<std::string> keys;
  if (!is_group(filter)) keys.push_back(filter.key);
  for (const Filter& child : filter.children)
    for (std::string& key : keys_in(child)) keys.push_back(std::move(key));
  return keys;
}

std::string described(const Filter& filter) {
  std::string text = std::to_string(static_cast<int>(filter.op)) + " " + filter.key;
  for (const MetadataValue& value : filter.values) text += " " + dump_json(value_json(value));
  for (const Filter& child : filter.children) text += " (" + described(child) + ")";
  return text;
}

struct Pool {
  explicit Pool(std::mt19937& random) {
    for (int i = 0; i < 200; ++i)
      documents.push_back({"d" + std::to_string(i % 70), random_metadata(random)});
    documents.push_back({"bare", {}});
  }
  std::vector<std::pair<std::string, Metadata>> documents;
};

TEST(Removal, AMisspeltKeyNeverWidensARandomRemoval) {
  std::mt19937 random(11);
  const Pool pool(random);
  int accepted = 0, narrower = 0;
  for (int i = 0; i < 4000; ++i) {
    const Filter filter = random_filter(random);
    if (!check_removal(filter).ok()) continue;
    for (const std::string& key : keys_in(filter)) {
      Filter misspelt = filter;
      replace_key(misspelt, key, "misspelt");
      if (!check_removal(misspelt).ok()) continue;
      ++accepted;
      for (const auto& [id, metadata] : pool.documents) {
        if (!matches(misspelt, id, metadata)) continue;
        ++narrower;
        ASSERT_TRUE(matches(filter, id, metadata)) << i << ": key " << key;
      }
    }
  }
  EXPECT_GT(accepted, 500);
  EXPECT_GT(narrower, 500);
}

TEST(Removal, RandomFiltersAreRefusedIfAndOnlyIfTheyLeaveNothingOut) {
  std::mt19937 random(12);
  const Pool pool(random);
  int refused = 0, accepted = 0;
  for (int i = 0; i < 4000; ++i) {
    const Filter filter = random_filter(random);
    if (filter.selects_by_absence()) continue;
    const bool leaves_out = std::ranges::any_of(pool.documents, [&](const auto& document) {
      return !matches(filter, document.first, document.second);
    });
    if (leaves_out) {
      EXPECT_TRUE(check_removal(filter).ok()) << i << ": " << described(filter);
      ++accepted;
    }
    const Filter everything = Filter::either_of({filter, Filter::negation(filter)});
    if (everything.selects_by_absence()) continue;
    EXPECT_FALSE(check_removal(everything).ok()) << i;
    EXPECT_FALSE(check_removal(Filter::negation(Filter::negation(everything))).ok()) << i;
    EXPECT_FALSE(check_removal(Filter::both_of({everything, Filter::exists(kDocumentIdKey, true)})).ok())
        << i;
    ++refused;
  }
  EXPECT_GT(refused, 500);
  EXPECT_GT(accepted, 500);
}

}  // namespace
}  // namespace rappel
