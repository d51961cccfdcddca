// Filters in the spelling of clients, each with the documents that it selects: of a store by any of its ways
// and of matches(), the naive twin.
#include <set>

#include "codec/json.h"
#include "store/conformance/store_conformance.h"
#include "store/filter_json.h"
#include "store/metadata_json.h"

namespace rappel {
namespace {

// A document's id is its place in the alphabet. `e` has no metadata.
constexpr const char* kMetadata[] = {
    R"({"author":"Zoe","source":"email","created_at":"2024-01-31","pages":3,"department":"finance","due":"2024-05-06"})",
    R"({"author":"Zoe","source":"file","created_at":"2024-02-01T10:00:00Z","pages":3.0,"department":"hr","draft":true})",
    R"({"author":"Al","source":"chat","filesize":3,"pages":"3","department":["finance","hr"],"tags":[]})",
    R"({"author":"al","url":"https://a.example/100%_off","pages":-2.5,"due":"2024-05-06T00:00:00Z","draft":false})",
    R"({})",
};

struct Case {
  const char* filter;
  const char* selected;  // ids
};

constexpr Case kCases[] = {
    {R"({})", "abcde"},
    // equality
    {R"({"author":"Zoe"})", "ab"},
    {R"({"author":"Zoe","department":"finance"})", "a"},
    {R"({"author":"Zoe","depratment":"finance"})", ""},
    {R"({"author":{"$eq":"zoe"}})", ""},
    {R"({"pages":3})", "ab"},
    {R"({"pages":3.0})", "ab"},
    {R"({"pages":"3"})", "c"},
    {R"({"pages":[3,"3"]})", "abc"},
    {R"({"filesize":3})", "c"},
    {R"({"draft":false})", "d"},
    {R"({"draft":0})", ""},
    {R"({"department":"finance"})", "ac"},
    {R"({"due":"2024-05-06"})", "a"},
    {R"({"created_at":"2024-01-31"})", "a"},
    {R"({"created_at":"2024-01-31T00:00:00Z"})", ""},
    {R"({"pages":{"$in":[3,"3",true]}})", "abc"},
    {R"({"draft":{"$in":[true,false,"true",1]}})", "bd"},
    {R"({"draft":"true"})", ""},
    {R"({"document_id":["a","e","z"]})", "ae"},
    {R"({"author":"Zoe' OR '1'='1"})", ""},
    {R"({"k\") OR 1=1 --":"x"})", ""},
    // none of: true for a missing key
    {R"({"author":{"$ne":"Zoe"}})", "cde"},
    {R"({"department":{"$ne":"finance"}})", "bde"},
    {R"({"department":{"$nin":["finance","hr"]}})", "de"},
    {R"({"pages":{"$ne":3}})", "cde"},
    {R"({"pages":{"$nin":[]}})", "abcde"},
    {R"({"pages":{"$in":[]}})", ""},
    {R"({"depratment":{"$ne":"finance"}})", "abcde"},
    {R"({"filesize":{"$ne":3}})", "abde"},
    // order: numbers and dates only
    {R"({"pages":{"$gt":-3}})", "abd"},
    {R"({"pages":{"$gte":3}})", "ab"},
    {R"({"pages":{"$gt":-2.5,"$lt":3.5}})", "ab"},
    {R"({"pages":{"$lte":3,"$ne":3}})", "d"},
    {R"({"filesize":{"$lt":4}})", "c"},
    {R"({"due":{"$gte":"2024-05-06","$lte":"2024-05-06"}})", "ad"},
    {R"({"created_at":{"$lt":"2024-02-01T10:00:00Z"}})", "a"},
    {R"({"start_date":"2024-02-01","end_date":"2024-02-01T10:00:00Z"})", "b"},
    {R"({"draft":{"$gte":0}})", ""},
    {R"({"depratment":{"$lt":1}})", ""},
    {R"({"filesize":{"$gte":2.5,"$lt":3.5}})", "c"},
    {R"({"filesize":3.0})", "c"},
    {R"({"filesize":2.5})", ""},
    {R"({"created_at":{"$gte":"2024-02-01T11:00:00+01:00"}})", "b"},
    {R"({"created_at":{"$gte":{"date":"2024-02-01","type":"date"}}})", "b"},
    {R"({"due":{"$in":[{"datetime":"2024-05-06T00:00:00Z","type":"datetime"}]}})", "d"},
    {R"({"due":{"$gt":0}})", ""},
    // presence
    {R"({"department":{"$exists":true}})", "abc"},
    {R"({"department":{"$exists":false}})", "de"},
    {R"({"tags":{"$exists":true}})", "c"},
    {R"({"url":{"$exists":false}})", "abce"},
    {R"({"depratment":{"$exists":false}})", "abcde"},
    // parts of texts: bytes, no patterns
    {R"({"department":{"$prefix":"fin"}})", "ac"},
    {R"({"department":{"$contains":"inan"}})", "a"},
    {R"({"department":{"$contains":"hr"}})", "bc"},
    {R"({"url":{"$contains":"%_"}})", "d"},
    {R"({"url":{"$contains":"_%"}})", ""},
    {R"({"author":{"$prefix":"A"}})", "c"},
    {R"({"author":{"$prefix":"Zoe "}})", ""},
    {R"({"due":{"$prefix":"2024-05-06T"}})", "d"},
    {R"({"pages":{"$contains":"3"}})", "c"},
    {R"({"depratment":{"$contains":"x"}})", ""},
    // groups
    {R"({"$and":[{"author":"Zoe"}]})", "ab"},
    {R"({"$or":[{"pages":3}]})", "ab"},
    {R"({"$not":{"$not":{"author":"Zoe"}}})", "ab"},
    {R"({"author":{"$not":{"$in":["Zoe","Al"]}}})", "de"},
    {R"({"$and":[{"author":"Zoe"},{"pages":3},{"draft":true}]})", "b"},
    {R"({"$or":[{"author":"Al"},{"pages":{"$lt":0}}]})", "cd"},
    {R"({"$or":[{"author":"Al"},{"depratment":"x"}],"source":"chat"})", "c"},
    {R"({"$nor":[{"author":"Zoe"},{"department":"finance"}]})", "de"},
    {R"({"$not":{"author":"Zoe","department":"finance"}})", "bcde"},
    {R"({"pages":{"$not":{"$gte":0}}})", "cde"},
    {R"({"pages":{"$not":{"$not":{"$gte":0}}}})", "ab"},
    {R"({"depratment":{"$not":{"$eq":1}}})", "abcde"},
    {R"({"$or":[{"$and":[{"author":"Zoe"},{"$not":{"department":{"$prefix":"fin"}}}]},{"document_id":"e"}]})",
     "be"},
};

std::vector<NewDocument> documents_of_cases(int dimension) {
  std::vector<NewDocument> documents;
  for (const char* json : kMetadata) {
    auto metadata = read_metadata(*parse_json(json));
    EXPECT_TRUE(metadata.ok()) << metadata.status().to_string();
    const std::string id(1, static_cast<char>('a' + documents.size()));
    documents.push_back(document(id, {"text of " + id}, dimension, std::move(metadata).value()));
  }
  return documents;
}

std::string joined(const std::set<std::string>& ids) {
  std::string text;
  for (const std::string& id : ids) text += id;
  return text;
}

std::string matched(const std::vector<NewDocument>& documents, const Filter& filter) {
  std::set<std::string> ids;
  for (const NewDocument& d : documents)
    if (matches(filter, d.id, d.metadata)) ids.insert(d.id);
  return joined(ids);
}

std::string listed(DocumentStore& store, const Filter& filter) {
  const auto page = store.list(filter, 0, 100);
  EXPECT_TRUE(page.ok()) << page.status().to_string();
  std::set<std::string> ids;
  if (page.ok())
    for (const auto& d : page->documents) ids.insert(d.id);
  return joined(ids);
}

TEST_P(StoreConformance, FiltersOfClientsSelectTheseDocuments) {
  const auto store = open();
  NEEDS(store->info().filters);
  const std::vector<NewDocument> documents = documents_of_cases(kDimension);
  ASSERT_STATUS_OK(store->upsert(documents));
  const auto reader = open_reader(*store);
  for (const Case& one : kCases) {
    const auto filter = read_filter(*parse_json(one.filter));
    ASSERT_TRUE(filter.ok()) << one.filter << ": " << filter.status().to_string();
    EXPECT_EQ(matched(documents, *filter), one.selected) << one.filter;
    EXPECT_EQ(listed(*store, *filter), one.selected) << one.filter;
    const auto hits = dense(**reader, unit_vector(1, kDimension), 100, *filter);
    ASSERT_TRUE(hits.ok()) << one.filter << ": " << hits.status().to_string();
    EXPECT_EQ(joined(document_ids(**reader, *hits)), one.selected) << one.filter;
  }
}

TEST_P(StoreConformance, FiltersOfClientsRemoveTheseDocuments) {
  const auto store = open();
  NEEDS(store->info().filters);
  const std::vector<NewDocument> documents = documents_of_cases(kDimension);
  for (const Case& one : kCases) {
    ASSERT_STATUS_OK(store->upsert(documents));
    const auto removed = store->remove(*read_filter(*parse_json(one.filter)));
    ASSERT_TRUE(removed.ok()) << one.filter << ": " << removed.status().to_string();
    EXPECT_EQ(*removed, std::string_view(one.selected).size()) << one.filter;
    for (const char id : std::string_view(one.selected))
      EXPECT_EQ(listed(*store, Filter::document(std::string(1, id))), "") << one.filter;
  }
}

// Parsers of databases have stacks that deep filters fill.
TEST_P(StoreConformance, TheDeepestFiltersAreAnswered) {
  const auto store = open();
  NEEDS(store->info().filters);
  const std::vector<NewDocument> documents = documents_of_cases(kDimension);
  ASSERT_STATUS_OK(store->upsert(documents));
  for (const char* group : {"$and", "$or", "$nor"}) {
    Json json = Json::parse(R"({"author":{"$prefix":"Zoe"},"pages":{"$not":{"$gt":5,"$lt":9}}})");
    for (std::size_t level = 3; level < kMaxFilterDepth; ++level)
      json = Json{{"department", {{"$contains", "finance"}, {"$prefix", "f"}}},
                  {group, Json::array({json, Json{{"author", {{"$prefix", "Al"}}}}})}};
    const auto filter = read_filter(json);
    ASSERT_TRUE(filter.ok()) << filter.status().to_string();
    EXPECT_EQ(listed(*store, *filter), matched(documents, *filter)) << group;
  }
}

}  // namespace
}  // namespace rappel
