// The core as holders of different tokens see it.
#include "server/principal_core.h"

#include <gtest/gtest.h>

#include <set>

#include "embed/test_embedder.h"
#include "store/conformance/test_store.h"

namespace rappel {
namespace {

class NoFiles : public IngestObserver {
  void failed(const std::string&) override {}
  void skipped(const std::string&, const std::string&) override {}
  void warned(const std::string&) override {}
  void advanced(const IngestCounts&) override {}
};

class PrincipalCoreTest : public testing::Test {
 protected:
  PrincipalCore as(PrincipalPtr principal) { return {*core_, std::move(principal)}; }
  static PrincipalPtr holder(const char* scopes) {
    return std::make_shared<const Principal>(Principal{.name = "t", .scopes = *parse_scopes(scopes)});
  }
  // The calls that are allowed, of "query why list document upsert ingest remove".
  std::string allowed(PrincipalPtr principal) {
    PrincipalCore core = as(std::move(principal));
    NoFiles observer;
    std::string names;
    const auto add = [&](const char* name, const Status& status) {
      if (status.code() != Code::kUnauthenticated) names += std::string(names.empty() ? "" : " ") + name;
    };
    add("query", core.query({{"q", {}, 1}}, {}).status());
    add("why", core.why({{"q", {}, 1}, "a"}, {}).status());
    add("list", core.list({}, 0, 10, {}).status());
    add("document", core.document({.id = "a", .begin = 0, .most_chars = 10}, {}).status());
    add("upsert", core.upsert({{"a", "text of a", {}}}, {}).status());
    add("ingest", core.ingest({}, {}, observer, {}));
    add("remove", core.remove({.ids = {"a"}}, {}).status());
    return names;
  }
  static PrincipalPtr of_team(const std::string& team) {
    return std::make_shared<const Principal>(Principal{.name = "team-" + team,
                                                       .id = team,
                                                       .scopes = *parse_scopes("read,write"),
                                                       .bound = Filter::equals("team", team)});
  }
  std::set<std::string> listed(PrincipalPtr principal) {
    std::set<std::string> ids;
    const auto page = as(std::move(principal)).list({}, 0, 100, {});
    for (const DocumentSummary& one : page->documents) ids.insert(one.id);
    return ids;
  }

  TestStore store_{2};
  TestEmbedder embedder_{2};
  Retrieval retrieval_{store_, embedder_, nullptr, {}, nullptr};
  std::unique_ptr<Core> core_ = retrieval_core(retrieval_);
};

TEST_F(PrincipalCoreTest, CallsNeedTheirScope) {
  EXPECT_EQ(allowed(holder("read")), "query why list document");
  EXPECT_EQ(allowed(holder("write")), "upsert ingest remove");
  EXPECT_EQ(allowed(holder("read,write")), "query why list document upsert ingest remove");
  EXPECT_EQ(allowed(admin_principal()), "query why list document upsert ingest remove");
}

TEST_F(PrincipalCoreTest, WithoutPrincipalNothingIsAllowed) { EXPECT_EQ(allowed(nullptr), ""); }

TEST_F(PrincipalCoreTest, EachTeamHasItsOwnDocuments) {
  ASSERT_TRUE(as(of_team("x")).upsert({{"a", "text of a", {}}}, {}).ok());
  ASSERT_TRUE(as(of_team("y")).upsert({{"b", "text of b", {}}}, {}).ok());
  EXPECT_EQ(listed(of_team("x")), std::set<std::string>{"a"});
  EXPECT_EQ(listed(of_team("y")), std::set<std::string>{"b"});
  EXPECT_EQ(listed(admin_principal()), (std::set<std::string>{"a", "b"}));
  EXPECT_EQ(as(of_team("y")).upsert({{"a", "mine now", {}}}, {}).status().code(), Code::kUnauthenticated);
  EXPECT_EQ(*as(of_team("y")).remove({.ids = {"a"}}, {}), 0u);
  EXPECT_EQ(*as(of_team("y")).remove({.delete_all = true}, {}), 1u);
  EXPECT_EQ(listed(admin_principal()), std::set<std::string>{"a"});
}

TEST_F(PrincipalCoreTest, SameTextOfTwoTeamsMakesTwoDocuments) {
  const auto of_x = as(of_team("x")).upsert({{std::nullopt, "the same", {}}}, {});
  const auto of_y = as(of_team("y")).upsert({{std::nullopt, "the same", {}}}, {});
  ASSERT_TRUE(of_x.ok() && of_y.ok());
  EXPECT_NE(of_x->front(), of_y->front());
}

TEST_F(PrincipalCoreTest, WhyDoesNotKnowDocumentsOfOthers) {
  ASSERT_TRUE(as(of_team("x")).upsert({{"a", "text of a", {}}}, {}).ok());
  const auto why = [&](PrincipalPtr principal) {
    return as(std::move(principal)).why({{"text", {}, 1}, "a"}, {})->reason;
  };
  EXPECT_EQ(why(of_team("y")), WhyReason::kNotStored);
  EXPECT_NE(why(of_team("x")), WhyReason::kNotStored);
}

TEST_F(PrincipalCoreTest, TextsOfOthersAreNotRead) {
  ASSERT_TRUE(as(of_team("x")).upsert({{"a", "text of a", {}}}, {}).ok());
  const DocumentPart part{.id = "a", .begin = 0, .most_chars = 100};
  const auto of_x = as(of_team("x")).document(part, {});
  ASSERT_TRUE(of_x.ok() && of_x->has_value());
  EXPECT_EQ((*of_x)->text, "text of a");
  const auto of_y = as(of_team("y")).document(part, {});
  ASSERT_TRUE(of_y.ok());
  EXPECT_FALSE(of_y->has_value());
}

TEST_F(PrincipalCoreTest, CursorsOfOthersAreRefused) {
  const auto holder_of = [](const char* id) {
    return std::make_shared<const Principal>(
        Principal{.name = id, .id = id, .scopes = *parse_scopes("read")});
  };
  ASSERT_TRUE(as(of_team("x")).upsert({{"a", "text a", {}}, {"b", "text b", {}}}, {}).ok());
  QueryInput query{"text", {}, 1};
  query.cursor = kFirstPage;
  const auto first = as(of_team("x")).query({query}, {});
  ASSERT_TRUE(first.ok()) << first.status().to_string();
  query.cursor = first->front().next;
  ASSERT_FALSE(query.cursor.empty());
  for (const PrincipalPtr& other :
       {of_team("y"), PrincipalPtr(holder_of("reader")), admin_principal(), of_team("z")})
    EXPECT_EQ(as(other).query({query}, {}).status().code(), Code::kInvalidArgument) << other->name;
  EXPECT_TRUE(as(of_team("x")).query({query}, {}).ok());
}

// The token got another filter since.
TEST_F(PrincipalCoreTest, CursorIsRefusedAfterItsTokenHasChanged) {
  ASSERT_TRUE(as(of_team("x")).upsert({{"a", "text a", {}}, {"b", "text b", {}}}, {}).ok());
  QueryInput query{"text", {}, 1};
  query.cursor = kFirstPage;
  query.cursor = as(of_team("x")).query({query}, {})->front().next;
  Principal changed = *of_team("x");
  changed.bound = Filter::equals("team", std::string("y"));
  EXPECT_FALSE(as(std::make_shared<const Principal>(changed)).query({query}, {}).ok());
}

// A core of tests, or of a store that cannot be bound.
TEST_F(PrincipalCoreTest, CoreThatCannotBindAnswersNoBoundToken) {
  class Plain : public Core {
   public:
    explicit Plain(Core& core) : core_(core) {}
    Result<std::vector<std::string>> upsert(std::vector<DocumentInput> documents,
                                            const CallContext& call) override {
      return core_.upsert(std::move(documents), call);
    }
    Status ingest(const FoundFiles& found, const IngestSettings& settings, IngestObserver& observer,
                  const std::stop_token& stop) override {
      return core_.ingest(found, settings, observer, stop);
    }
    Result<std::vector<QueryOutput>> query(const std::vector<QueryInput>& queries,
                                           const RequestContext& context) override {
      return core_.query(queries, context);
    }
    Result<std::size_t> remove(const DeleteInput& request, std::stop_token cancel) override {
      return core_.remove(request, std::move(cancel));
    }
    Result<DocumentPage> list(const Filter& filter, std::size_t offset, std::size_t limit,
                              const RequestContext& context) override {
      return core_.list(filter, offset, limit, context);
    }

   private:
    Core& core_;
  };
  Plain plain(*core_);
  EXPECT_EQ(PrincipalCore(plain, of_team("x")).list({}, 0, 10, {}).status().code(), Code::kUnsupported);
  EXPECT_TRUE(PrincipalCore(plain, holder("read")).list({}, 0, 10, {}).ok());
}

}  // namespace
}  // namespace rappel
