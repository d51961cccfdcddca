#include "access/token_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/os/file.h"
#include "codec/sha256.h"
#include "store/filter_json.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

class TokenFileTest : public testing::Test {
 protected:
  TokenRecord record(const std::string& name, const char* scopes = "read") {
    TokenRecord made;
    made.name = name;
    made.scopes = *parse_scopes(scopes);
    return made;
  }
  std::string text() { return *read_file(file_.path(), 1 << 20); }
  void write(const std::string& text) { std::ofstream(file_.path()) << text; }
  // The message of a file with this token.
  std::string problem_of(const std::string& token) {
    write(R"({"format":1,"tokens":[)" + token + "]}");
    const auto read = file_.read();
    return read.ok() ? "" : read.status().message();
  }

  TempDir folder_;
  TokenFile file_{folder_.path() / "data"};
};

TEST_F(TokenFileTest, WithoutAFileThereAreNoTokens) {
  EXPECT_TRUE(file_.read()->empty());
  EXPECT_EQ(file_.revoke("a").code(), Code::kNotFound);
}

TEST_F(TokenFileTest, FileHasTheDigestAndNotTheToken) {
  const std::string token = *file_.add(record("a"));
  EXPECT_EQ(token.size(), std::string("rappel_").size() + 64);
  EXPECT_EQ(text().find(token), std::string::npos);
  EXPECT_EQ(text().find(token.substr(7)), std::string::npos);
  EXPECT_NE(text().find(sha256_hex(token)), std::string::npos);
  EXPECT_NE(*file_.add(record("b")), token);
  struct ::stat status {};
  ASSERT_EQ(::stat(file_.path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(TokenFileTest, EverythingThatATokenAllowsIsKept) {
  TokenRecord full = record("team-x", "read,write");
  full.filter = {{"team", "x"}};
  full.expires_at = 2'000'000'000;
  full.max_rate = Rate{100, 60};
  full.max_body = 1000;
  full.collections = {"notes", "default"};
  const std::string token = *file_.add(full);
  const auto known = file_.known();
  ASSERT_TRUE(known.ok()) << known.status().to_string();
  ASSERT_EQ(known->size(), 1u);
  EXPECT_EQ(known->front().digest, sha256_hex(token));
  const Principal& principal = *known->front().principal;
  EXPECT_EQ(principal.name, "team-x");
  EXPECT_EQ(scopes_text(principal.scopes), "read,write");
  EXPECT_EQ(principal.bound, *read_filter(full.filter));
  EXPECT_EQ(principal.expires_at, 2'000'000'000);
  EXPECT_EQ(principal.max_rate, (Rate{100, 60}));
  EXPECT_EQ(principal.max_body, 1000u);
  EXPECT_EQ(principal.collections, (std::vector<std::string>{"notes", "default"}));
  EXPECT_TRUE(principal.has_collection("notes"));
  EXPECT_FALSE(principal.has_collection("note"));
}

TEST_F(TokenFileTest, NamesAreUniqueAndPlain) {
  ASSERT_TRUE(file_.add(record("a")).ok());
  EXPECT_NE(file_.add(record("a")).status().message().find("revoke it first"), std::string::npos);
  const std::string long_name(65, 'a');
  for (const char* name : {"", "admin", "a b", "a/b", "é", "a\n", long_name.c_str()})
    EXPECT_EQ(file_.add(record(name)).status().code(), Code::kInvalidArgument) << name;
  EXPECT_EQ(file_.read()->size(), 1u);
}

TEST_F(TokenFileTest, RevokedTokenIsGone) {
  ASSERT_TRUE(file_.add(record("a")).ok());
  ASSERT_TRUE(file_.add(record("b")).ok());
  ASSERT_TRUE(file_.revoke("a").ok());
  EXPECT_EQ(file_.revoke("a").code(), Code::kNotFound);
  ASSERT_EQ(file_.read()->size(), 1u);
  EXPECT_EQ(file_.read()->front().name, "b");
}

// As the first versions wrote it: such a token has every collection.
TEST_F(TokenFileTest, FileWithoutCollectionsIsRead) {
  ASSERT_TRUE(file_.add(record("a")).ok());
  write(R"({"format":1,"tokens":[{"name":"old","sha256":")" + sha256_hex("x") +
        R"(","created_at":"2025-01-01T00:00:00Z","scopes":"read","filter":{"team":"x"}}]})");
  ASSERT_TRUE(file_.add(record("new")).ok());
  const auto known = file_.known();
  ASSERT_TRUE(known.ok()) << known.status().to_string();
  ASSERT_EQ(known->size(), 2u);
  EXPECT_EQ(known->front().principal->name, "old");
  EXPECT_TRUE(known->front().principal->has_collection("any"));
  EXPECT_TRUE(known->front().principal->is_bound());
  EXPECT_EQ(text().find("collections"), std::string::npos);
}

// A member that cannot be read must not make a token mightier.
TEST_F(TokenFileTest, DamagedFileIsNoFileOfTokens) {
  ASSERT_TRUE(file_.add(record("a")).ok());
  const std::string digest = sha256_hex("x");
  const std::string good = R"("name":"a","sha256":")" + digest + R"(","created_at":"","scopes":"read")";
  EXPECT_EQ(problem_of("{" + good + "}"), "");
  for (const char* more :
       {R"("filter":null)", R"("filter":{})", R"("filter":"team=x")", R"("filter":{"team":{"$like":"x"}})",
        R"("fliter":{"team":"x"})", R"("expires_at":5)", R"("expires_at":"soon")", R"("rate":"0/s")",
        R"("rate":5)", R"("max_body":0)", R"("max_body":-1)", R"("collections":[])", R"("collections":null)",
        R"("collections":"a")", R"("collections":[1])", R"("collections":["a/b"])", R"("collections":[""])"})
    EXPECT_NE(problem_of("{" + good + "," + more + "}"), "") << more;
  EXPECT_NE(problem_of(R"({"name":"a","sha256":"12","created_at":"","scopes":"read"})"), "");
  EXPECT_NE(problem_of(R"({"name":"a","sha256":")" + digest + R"(","created_at":"","scopes":"all"})"), "");
  for (const char* text : {"", "{", "[]", R"({"format":2,"tokens":[]})", R"({"format":1})"}) {
    write(text);
    EXPECT_EQ(file_.known().status().code(), Code::kCorrupt) << text;
    EXPECT_EQ(file_.add(record("c")).status().code(), Code::kCorrupt) << text;
  }
}

}  // namespace
}  // namespace rappel
