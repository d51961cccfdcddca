#include "ingest/content/content_hash.h"

#include <gtest/gtest.h>

#include <fstream>

#include "codec/sha256.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

TEST(ContentHash, IsThatOfTheBytesWhereverTheyLie) {
  const TempDir dir;
  std::string text;
  for (int i = 0; text.size() < (std::size_t{9} << 20); ++i) text += std::to_string(i) + "\n";
  std::ofstream(dir.path() / "a.txt", std::ios::binary) << text;
  const auto mapped = MappedFile::open(dir.path() / "a.txt");
  ASSERT_TRUE(mapped.ok());
  const std::string_view all(reinterpret_cast<const char*>((*mapped)->bytes().data()), text.size());
  EXPECT_EQ(content_hash(text, nullptr), sha256_hex(text));
  EXPECT_EQ(content_hash(all, mapped->get()), sha256_hex(text));
  EXPECT_EQ(content_hash(all.substr(5), mapped->get()), sha256_hex(text.substr(5)));
  EXPECT_EQ(content_hash(text, mapped->get()), sha256_hex(text)) << "of other memory";
  EXPECT_EQ(all, text) << "and can be read again";
}

}  // namespace
}  // namespace rappel
