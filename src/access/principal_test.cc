#include "access/principal.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

TEST(Scopes, AdminIncludesTheOthersAndWriteDoesNotRead) {
  const Scopes admin = *parse_scopes("admin"), write = *parse_scopes("write");
  for (const Scope scope : {Scope::kRead, Scope::kWrite, Scope::kAdmin}) EXPECT_TRUE(admin.has(scope));
  EXPECT_TRUE(write.has(Scope::kWrite));
  EXPECT_FALSE(write.has(Scope::kRead));
  EXPECT_FALSE(write.has(Scope::kAdmin));
  EXPECT_FALSE(Scopes().has(Scope::kRead));
}

TEST(Scopes, NamesAreReadAndWritten) {
  EXPECT_EQ(scopes_text(*parse_scopes("write,read")), "read,write");
  EXPECT_EQ(scopes_text(*parse_scopes("admin")), "admin");
  for (const char* wrong : {"", ",", "reader", "read,,write", "READ"})
    EXPECT_EQ(parse_scopes(wrong).status().code(), Code::kInvalidArgument) << wrong;
}

TEST(Principal, ExpiresAtItsSecond) {
  Principal principal;
  EXPECT_FALSE(principal.is_expired(1'000'000));
  principal.expires_at = 100;
  EXPECT_FALSE(principal.is_expired(99));
  EXPECT_TRUE(principal.is_expired(100));
}

TEST(Principal, LimitsMakeNoFullAdministrator) {
  Principal principal{.name = "a", .scopes = *parse_scopes("admin")};
  EXPECT_TRUE(principal.sees_all());
  EXPECT_TRUE(principal.has_collection("any"));
  principal.collections = {"notes"};
  EXPECT_FALSE(principal.sees_all());
  EXPECT_TRUE(principal.is_limited());
  EXPECT_TRUE(principal.has_collection("notes"));
  for (const char* other : {"default", "", "note", "notes2", "NOTES"})
    EXPECT_FALSE(principal.has_collection(other));
}

TEST(Principal, AdminMayDoEverything) {
  EXPECT_TRUE(admin_principal()->scopes.has(Scope::kAdmin));
  EXPECT_FALSE(admin_principal()->is_bound());
}

}  // namespace
}  // namespace rappel
