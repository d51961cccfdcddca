#include "ingest/content/read_request.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

TEST(ReadRequest, HeadComesBackAndTheFileFollowsIt) {
  const ReadRequest request{"r\xC3\xA9sum\xC3\xA9.pdf", "application/pdf", "", std::string("a\0b", 3)};
  const std::string stream = head_of(request) + "bytes";
  std::string_view left = stream;
  const auto taken = take_head(left);
  ASSERT_TRUE(taken.has_value());
  EXPECT_EQ(taken->name, request.name);
  EXPECT_EQ(taken->media_type, request.media_type);
  EXPECT_EQ(taken->charset, "");
  EXPECT_EQ(taken->password, request.password);
  EXPECT_EQ(left, "bytes");
}

TEST(ReadRequest, FileInADescriptorHasItsPlace) {
  const std::string head = head_of({"a.csv", "", "", "", FilePart{(std::uint64_t{5} << 32) + 7, 1234}});
  std::string_view left = head;
  const auto taken = take_head(left);
  ASSERT_TRUE(taken && taken->file);
  EXPECT_EQ(taken->file->offset, (std::uint64_t{5} << 32) + 7);
  EXPECT_EQ(taken->file->bytes, 1234u);
  EXPECT_TRUE(left.empty());
}

TEST(ReadRequest, DamagedHeadIsRefused) {
  for (const std::string& head :
       {head_of({"name", "", "", "secret"}), head_of({"name", "", "", "secret", FilePart{1, 2}})})
    for (std::size_t size = 0; size < head.size(); ++size) {
      std::string_view cut = std::string_view(head).substr(0, size);
      EXPECT_FALSE(take_head(cut).has_value()) << size;
    }
  const std::string unknown = "X" + head_of({});
  std::string_view huge = "B\xFF\xFF\xFF\xFFname", other = unknown;
  EXPECT_FALSE(take_head(other).has_value());
  EXPECT_FALSE(take_head(huge).has_value());
}

}  // namespace
}  // namespace rappel
