#include "codec/sha1.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

TEST(Sha1, KnownAnswers) {  // FIPS 180-4 examples
  Sha1 hash;
  EXPECT_EQ(hash.finish_hex(), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  hash.update("a");
  hash.update("bc");
  EXPECT_EQ(hash.finish_hex(), "a9993e364706816aba3e25717850c26c9cd0d89d");
}

TEST(Sha1, GitBlob) {  // printf 'hello\n' | git hash-object --stdin
  Sha1 hash;
  hash.update(std::string_view("blob 6\0", 7));
  hash.update("hello\n");
  EXPECT_EQ(hash.finish_hex(), "ce013625030ba8dba906f756967f9e9ca394464a");
}

}  // namespace
}  // namespace rappel
