// A store as tokens with filters see it, and what their holders may try.
#include "access/bound_store.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <thread>

#include "store/conformance/store_test_util.h"
#include "store/conformance/test_store.h"

namespace rappel {
namespace {

constexpr int kDimension = 4;

Metadata of_team(const std::string& team, Metadata metadata = {}) {
  metadata.custom["team"] = team;
  return metadata;
}

class BoundStoreTest : public testing::Test {
 protected:
  BoundStoreTest() {
    EXPECT_TRUE(inner_
                    .upsert({document("mine", {"honey of x"}, kDimension, of_team("x")),
                             document("theirs", {"honey of y", "more"}, kDimension, of_team("y")),
                             document("nobodys", {"honey of nobody"}, kDimension)})
                    .ok());
  }
  static Filter team(const std::string& name) { return Filter::equals("team", name); }
  BoundStore bound_to(const std::string& name) { return {inner_, team(name), claims_}; }
  static std::set<std::string> ids(const Result<DocumentPage>& page) {
    std::set<std::string> found;
    for (const DocumentSummary& one : page->documents) found.insert(one.id);
    EXPECT_EQ(static_cast<std::int64_t>(found.size()), page->total);
    return found;
  }
  std::set<std::string> listed(BoundStore& store, const Filter& filter = {}) {
    return ids(store.list(filter, 0, 1000));
  }
  std::set<std::string> found(BoundStore& store, const Filter& filter = {}) {
    std::set<std::string> ids;
    const auto vector = unit_vector(1, kDimension);
    for (const SearchRequest& request :
         {SearchRequest::dense(vector, 1000, filter), SearchRequest::lexical("honey", 1000, filter)}) {
      const auto hits = store.search(request);
      for (const FoundChunk& one : *hits) ids.insert(one.chunk.document_id);
      const auto reader = open_reader(store);
      const auto keys = (*reader)->search(request);
      const auto chunks = (*reader)->chunks(keys_of(*keys));
      for (const Chunk& chunk : *chunks) ids.insert(chunk.document_id);
    }
    return ids;
  }

  TestStore inner_{kDimension};
  std::shared_ptr<WriteClaims> claims_ = std::make_shared<WriteClaims>();
  const std::set<std::string> own_{"mine"};
};

TEST_F(BoundStoreTest, OtherDocumentsDoNotExist) {
  BoundStore store = bound_to("x");
  EXPECT_EQ(listed(store), own_);
  EXPECT_EQ(found(store), own_);
  const std::vector<std::string> asked{"theirs", "mine", "nobodys", "none"};
  const auto got = store.get(asked);
  ASSERT_EQ(got->size(), 1u);
  EXPECT_EQ(got->front().id, "mine");
  EXPECT_TRUE(store.chunk_at("mine", 0)->has_value());
  EXPECT_FALSE(store.chunk_at("theirs", 0)->has_value());
  EXPECT_FALSE((*open_reader(store))->chunk_at("theirs", 1)->has_value());
  EXPECT_EQ(store.stats()->documents, 1);
}

// Whatever the holder's own filter says.
TEST_F(BoundStoreTest, FiltersDoNotWidenTheBound) {
  BoundStore store = bound_to("x");
  const Filter tricks[] = {
      team("y"),
      Filter::either_of({team("y"), team("x")}),
      Filter::either_of({Filter::all(), team("y")}),
      Filter::negation(team("x")),
      Filter::negation(Filter::negation(Filter::either_of({}))),
      Filter::exists("team", false),
      Filter::both_of({}),
      Filter::document("theirs"),
      Filter::any_of(kDocumentIdKey, {std::string("theirs"), std::string("nobodys")}),
      {Filter::Op::kNotEquals, "team", {std::string("x")}, {}},
      {Filter::Op::kNotEquals, "team", {}, {}},
      {Filter::Op::kPrefix, "team", {std::string("")}, {}},
  };
  for (const Filter& trick : tricks) {
    for (const std::string& id : listed(store, trick)) EXPECT_EQ(id, "mine");
    for (const std::string& id : found(store, trick)) EXPECT_EQ(id, "mine");
    ASSERT_TRUE(store.remove(trick).ok());
    EXPECT_EQ(inner_.rows.count("theirs") + inner_.rows.count("nobodys"), 2u);
  }
}

TEST_F(BoundStoreTest, ListsAreThoseOfTheFilterWithinTheBound) {
  std::mt19937 random(7);
  inner_.rows.clear();
  for (int i = 0; i < 60; ++i) {
    Metadata metadata = random_metadata(random);
    if (i % 3 != 0) metadata.custom["team"] = std::string(i % 3 == 1 ? "x" : "y");
    ASSERT_TRUE(inner_.upsert({document(std::to_string(i), {"honey"}, kDimension, metadata)}).ok());
  }
  BoundStore store = bound_to("x");
  for (int round = 0; round < 200; ++round) {
    const Filter filter = random_filter(random);
    std::set<std::string> expected;
    for (const auto& [id, row] : inner_.rows)
      if (matches(filter, id, row.metadata) && matches(team("x"), id, row.metadata)) expected.insert(id);
    EXPECT_EQ(listed(store, filter), expected);
    EXPECT_EQ(found(store, filter), expected);
  }
}

TEST_F(BoundStoreTest, NewDocumentsGetTheValuesOfTheBound) {
  BoundStore store = bound_to("x");
  ASSERT_TRUE(store
                  .upsert({document("new", {"text"}, kDimension, of_team("y")),
                           document("plain", {"text"}, kDimension)})
                  .ok());
  EXPECT_EQ(inner_.rows.at("new").metadata, of_team("x"));
  EXPECT_EQ(inner_.rows.at("plain").metadata, of_team("x"));
}

TEST_F(BoundStoreTest, DocumentsOfOthersAreNotReplaced) {
  BoundStore store = bound_to("x");
  for (const char* id : {"theirs", "nobodys"}) {
    const Status refused = store.upsert(
        {document("new", {"text"}, kDimension), document(id, {"mine now"}, kDimension, of_team("y"))});
    EXPECT_EQ(refused.code(), Code::kUnauthenticated);
    EXPECT_EQ(refused.message().find(id), std::string::npos);
    EXPECT_EQ(store.upsert({document(id, {}, kDimension)}).code(), Code::kUnauthenticated)
        << "without chunks it would be removed";
  }
  EXPECT_EQ(inner_.rows.at("theirs").chunks.size(), 2u);
  EXPECT_FALSE(inner_.rows.contains("new")) << "all or nothing";
  EXPECT_TRUE(store.upsert({document("mine", {"replaced"}, kDimension)}).ok());
}

TEST_F(BoundStoreTest, RemovalsOfOthersRemoveNothing) {
  BoundStore store = bound_to("x");
  std::vector<std::string> ids{"theirs", "nobodys", "none"};
  EXPECT_EQ(*store.remove(ids), 0u);
  for (int i = 0; i < 1500; ++i) ids.push_back("id" + std::to_string(i));  // more than one filter takes
  ids.emplace_back("mine");
  EXPECT_EQ(*store.remove(ids), 1u);
  ASSERT_TRUE(store.upsert({document("again", {"text"}, kDimension)}).ok());
  EXPECT_EQ(*store.remove(Filter::all()), 1u) << "delete_all removes what there is for this token";
  EXPECT_EQ(inner_.rows.size(), 2u);
}

TEST_F(BoundStoreTest, FilesOfOthersAreNotShown) {
  EXPECT_NE(inner_.origins(), nullptr);
  EXPECT_EQ(bound_to("x").origins(), nullptr);
}

// One of two teams that store the same id at the same time is refused, and the document is the other one's.
TEST_F(BoundStoreTest, OneOfTwoWritersOfAnIdIsRefused) {
  for (int round = 0; round < 50; ++round) {
    const std::string id = "contested" + std::to_string(round);
    Status of_x, of_y;
    {
      const std::jthread x([&] { of_x = bound_to("x").upsert({document(id, {"of x"}, kDimension)}); });
      const std::jthread y([&] { of_y = bound_to("y").upsert({document(id, {"of y"}, kDimension)}); });
    }
    EXPECT_NE(of_x.ok(), of_y.ok());
    EXPECT_EQ(inner_.rows.at(id).metadata, of_team(of_x.ok() ? "x" : "y"));
  }
}

}  // namespace
}  // namespace rappel
