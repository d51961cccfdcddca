// Tokens and settings over sockets, with a keeper that keeps them in memory.
#include "server/admin/admin.h"

#include <string>
#include <vector>

#include "codec/sha256.h"
#include "server/admin/token_body.h"
#include "server/test_openapi_routes.h"
#include "server/test_server.h"
#include "server/token_keeper.h"

namespace rappel {
namespace {

class MemoryKeeper : public TokenKeeper {
 public:
  Result<std::vector<TokenRecord>> list() override { return records; }
  Result<std::string> add(TokenRecord record) override {
    record.digest = std::string(64, 'a');
    record.created_at = "2026-01-01T00:00:00Z";
    RAPPEL_TRY(known_token(record).status());
    for (const TokenRecord& other : records)
      if (other.name == record.name) return Status(Code::kFailedPrecondition, "taken");
    records.push_back(std::move(record));
    return std::string("rappel_secret");
  }
  Status revoke(std::string_view name) override {
    const auto removed = std::erase_if(records, [&](const TokenRecord& one) { return one.name == name; });
    return removed > 0 ? Status() : Status(Code::kNotFound, "there is no such token");
  }

  std::vector<TokenRecord> records;
};

class AdminTest : public ServerTest {
 protected:
  AdminTest() {
    options_.token_keeper = &keeper_;
    options_.settings = {
        {.name = "PORT", .group = "Server", .value = "8000", .where = "default", .help = "h"}};
    add("reader", {.name = "reader", .scopes = *parse_scopes("read,write")});
    Principal limited{.name = "limited", .id = "limited", .scopes = *parse_scopes("admin")};
    limited.collections = {"notes"};
    add("limited", limited);
    add("bound",
        {.name = "bound", .id = "b", .scopes = *parse_scopes("admin"), .bound = Filter::equals("t", "x")});
  }
  void add(const std::string& token, const Principal& principal) {
    options_.named_tokens.push_back({sha256_hex(token), std::make_shared<const Principal>(principal)});
  }
  std::string as(const std::string& token, const std::string& method, const std::string& path,
                 const std::string& body = "") {
    return once(method + " " + path + " HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " + token +
                "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }

  MemoryKeeper keeper_;
};

TEST_F(AdminTest, TokensAreMadeListedAndRevoked) {
  start();
  const std::string made =
      as("tok", "POST", "/v1/tokens",
         R"({"name":"a","scopes":["read","write"],"rate":"5/s","max_body":9,"filter":{"team":"x"},)"
         R"("collections":["notes"],"expires":null})");
  EXPECT_TRUE(says(made, "HTTP/1.1 201")) << made;
  EXPECT_TRUE(says(made, "cache-control: no-store"));
  EXPECT_TRUE(says(made,
                   R"({"name":"a","scopes":"read,write","rate":"5/s","max_body":9,"filter":{"team":"x"},)"
                   R"("collections":["notes"],"token":"rappel_secret"})"))
      << made;
  const std::string listed = as("tok", "GET", "/v1/tokens");
  EXPECT_TRUE(
      says(listed, R"({"tokens":[{"name":"a","scopes":"read,write","created_at":"2026-01-01T00:00:00Z",)"))
      << listed;
  EXPECT_FALSE(says(listed, "sha256"));
  EXPECT_FALSE(says(listed, "secret"));
  EXPECT_FALSE(says(listed, "aaaa"));
  EXPECT_TRUE(says(as("tok", "POST", "/v1/tokens", R"({"name":"a"})"), "HTTP/1.1 409"));
  EXPECT_TRUE(says(as("tok", "DELETE", "/v1/tokens/a"), R"({"name":"a","revoked":true})"));
  EXPECT_TRUE(says(as("tok", "DELETE", "/v1/tokens/a"), "HTTP/1.1 404"));
  EXPECT_TRUE(keeper_.records.empty());
}

TEST_F(AdminTest, LimitsThatAreNotReadMakeNoToken) {
  start();
  for (const char* body : {"",
                           "{",
                           "[]",
                           "{}",
                           R"({"name":5})",
                           R"({"name":"a","collection":["x"]})",
                           R"({"name":"a","collections":[]})",
                           R"({"name":"a","collections":"x"})",
                           R"({"name":"a","collections":["X"]})",
                           R"({"name":"a","scopes":[]})",
                           R"({"name":"a","scopes":["all"]})",
                           R"({"name":"a","scopes":"read"})",
                           R"({"name":"a","filter":"t=x"})",
                           R"({"name":"a","filter":{}})",
                           R"({"name":"a","filter":{"t":"x"},"filter":{"t":"y"}})",
                           R"({"name":"a","filter":{"t":{"$eq":1,"$eq":2}}})",
                           R"({"name":"a","expires":"2001-01-01"})",
                           R"({"name":"a","rate":"much"})",
                           R"({"name":"a","max_body":-1})",
                           R"({"name":"a","max_body":1.5})",
                           R"({"name":"a","max_body":1e300})",
                           R"({"name":"a/b"})",
                           R"({"name":"admin"})"})
    EXPECT_TRUE(says(as("tok", "POST", "/v1/tokens", body), "HTTP/1.1 422")) << body;
  EXPECT_TRUE(keeper_.records.empty());
}

TEST_F(AdminTest, FullAdministratorsAloneManage) {
  start();
  for (const char* token : {"reader", "limited", "bound"}) {
    EXPECT_TRUE(says(as(token, "GET", "/v1/tokens"), "HTTP/1.1 403")) << token;
    EXPECT_TRUE(says(as(token, "POST", "/v1/tokens", R"({"name":"a","scopes":["admin"]})"), "HTTP/1.1 403"));
    EXPECT_TRUE(says(as(token, "DELETE", "/v1/tokens/a"), "HTTP/1.1 403"));
    EXPECT_TRUE(says(as(token, "GET", "/v1/settings"), "HTTP/1.1 403"));
  }
  EXPECT_TRUE(says(as("wrong", "GET", "/v1/tokens"), "HTTP/1.1 401"));
  EXPECT_TRUE(keeper_.records.empty());
}

TEST_F(AdminTest, SettingsAreShown) {
  start();
  EXPECT_TRUE(says(as("tok", "GET", "/v1/settings"),
                   R"({"settings":[{"name":"PORT","group":"Server","value":"8000","where":"default",)"
                   R"("is_default":false,"is_secret":false,"help":"h"}]})"));
}

TEST_F(AdminTest, ServerWithoutTokensHasNoneToManage) {
  options_.token_keeper = nullptr;
  start();
  for (const char* method : {"GET", "POST"})
    EXPECT_TRUE(says(as("tok", method, "/v1/tokens", "{}"), "HTTP/1.1 404")) << method;
}

TEST(AdminOpenApi, DocumentHasTheRoutesAndNoOthers) { expect_described_routes("admin", "admin-api.json"); }

}  // namespace
}  // namespace rappel
