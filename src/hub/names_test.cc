#include "hub/names.h"

#include <gtest/gtest.h>

namespace rappel::hub {
namespace {

const std::string kCommit(40, 'a');
const std::string kSha256(64, '7');

TEST(HubNames, NameAndRevision) {
  const auto plain = parse_model_name("BAAI/bge-m3");
  ASSERT_TRUE(plain.ok());
  EXPECT_EQ(plain->repository, "BAAI/bge-m3");
  EXPECT_EQ(plain->revision, "main");
  const auto tagged = parse_model_name("bert-base-uncased@refs/pr/1");
  ASSERT_TRUE(tagged.ok());
  EXPECT_EQ(tagged->repository, "bert-base-uncased");
  EXPECT_EQ(tagged->revision, "refs/pr/1");
}

TEST(HubNames, RefusedNames) {
  for (const char* name :
       {"",       "/",      "a/",       "/a",      "a/b/c",    "../a",    "a/..",     "a--b/c",
        ".a/b",   "a/b.",   "-a/b",     "a b/c",   "a\\b",     "a/b@",    "a/b@../x", "a/b@/x",
        "a/b@x/", "a/b@-x", "a/b@x//y", "a/b@x y", "a/b@.git", "a/b@x/.y"})
    EXPECT_EQ(parse_model_name(name).status().code(), Code::kInvalidArgument) << name;
  EXPECT_FALSE(is_repository(std::string(97, 'a')));
  EXPECT_TRUE(is_repository(std::string(96, 'a')));
}

TEST(HubNames, FileNamesStayInsideTheirFolder) {
  for (const char* name :
       {"config.json", "1_Pooling/config.json", "model-00001-of-00002.safetensors", "a b+c_d.bin"})
    EXPECT_TRUE(is_safe_file_name(name)) << name;
  for (const char* name :
       {"",   "/etc/passwd",      "../x", "a/../b", "a/..",  ".",   "..",   "./a",  "a//b",
        "a/", ".git/config",      "-rf",  "a\\b",   "C:\\x", "C:x", "a\nb", "a\"b", "caf\xC3\xA9",
        " a", "a/b/c/d/e/f/g/h/i"})
    EXPECT_FALSE(is_safe_file_name(name)) << name;
  EXPECT_FALSE(is_safe_file_name(std::string_view("a\0b", 3)));
  EXPECT_FALSE(is_safe_file_name(std::string(256, 'a')));
}

TEST(HubNames, Etags) {
  EXPECT_EQ(normalize_etag("\"" + kCommit + "\""), kCommit);
  EXPECT_EQ(normalize_etag("W/\"" + kSha256 + "\""), kSha256);
  EXPECT_EQ(normalize_etag(kSha256), kSha256);
  // As mirrors mark compressed responses: nginx and Apache, Jetty, inside and outside of the quotes.
  for (const char* mark : {"-gzip", "--gzip", ";gzip", "-br", "-zstd", "-deflate"}) {
    EXPECT_EQ(normalize_etag("W/\"" + kCommit + mark + "\""), kCommit) << mark;
    EXPECT_EQ(normalize_etag("\"" + kSha256 + "\"" + mark), kSha256) << mark;
    EXPECT_EQ(normalize_etag(kSha256 + mark), kSha256) << mark;
    EXPECT_EQ(normalize_etag("\"../../x" + std::string(mark) + "\""), "") << mark;
  }
  for (const std::string& bad :
       {std::string(), std::string("\"\""), std::string("\"../../x\""), "\"" + kCommit, std::string(40, 'G'),
        std::string(40, 'A'), std::string(41, 'a'), kCommit + "-2", kCommit + "gzip", std::string("-gzip"),
        std::string("W/\"-gzip\"")})
    EXPECT_EQ(normalize_etag(bad), "") << bad;
}

TEST(HubNames, RepositoryFolders) {
  EXPECT_EQ(repository_folder("BAAI/bge-m3"), "models--BAAI--bge-m3");
  EXPECT_EQ(repository_folder("gpt2"), "models--gpt2");
  EXPECT_EQ(repository_of_folder("models--BAAI--bge-m3"), "BAAI/bge-m3");
  EXPECT_EQ(repository_of_folder("models--gpt2"), "gpt2");
  for (const char* folder :
       {"datasets--a--b", ".locks", "models--", "models--a--", "models--a--b--c", "version.txt"})
    EXPECT_EQ(repository_of_folder(folder), "") << folder;
}

TEST(HubNames, PercentEncoding) {
  EXPECT_EQ(percent_encode("refs/pr/1", false), "refs%2Fpr%2F1");
  EXPECT_EQ(percent_encode("1_Pooling/a b+c#.json", true), "1_Pooling/a%20b%2Bc%23.json");
}

}  // namespace
}  // namespace rappel::hub
