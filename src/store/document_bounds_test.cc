#include "store/document_bounds.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

TEST(DocumentBounds, CountsFieldsKeysAndLists) {
  Metadata metadata;
  EXPECT_EQ(metadata_bytes(metadata), 0u);
  metadata.author = "four";
  metadata.created_at = Timestamp{"2024", 0};
  metadata.filesize = 3;
  metadata.custom["key"] = std::vector<std::string>{"ab", "c"};
  metadata.custom["on"] = true;
  EXPECT_EQ(metadata_bytes(metadata), 4u + 4 + 8 + 3 + 3 + 2 + 8);
}

TEST(DocumentBounds, RefusalNamesDocumentSizeAndSetting) {
  Metadata metadata;
  metadata.author = std::string(100, 'A');
  const DocumentBounds bounds{10, 100};
  EXPECT_TRUE(check_bounds("0123456789", metadata, bounds).ok());
  const Status id = check_bounds("01234567890", metadata, bounds);
  EXPECT_EQ(id.code(), Code::kInvalidArgument);
  EXPECT_EQ(id.message(),
            "cannot store document \"01234567890\": its id has 11 bytes, at most 10 are allowed "
            "(RAPPEL_MAX_ID_BYTES)");
  metadata.custom["k"] = false;
  const Status large = check_bounds("", metadata, bounds);
  EXPECT_EQ(large.code(), Code::kInvalidArgument);
  EXPECT_NE(
      large.message().find("its metadata has 109 bytes, at most 100 are allowed (RAPPEL_MAX_METADATA_KB)"),
      std::string::npos)
      << large.message();
}

TEST(DocumentBounds, LongIdIsCutInTheMessage) {
  std::string id;
  for (int i = 0; i < 10'000; ++i) id += "\u00e9";
  const std::string message = check_bounds("x" + id, {}, {}).message();
  EXPECT_LT(message.size(), 200u);
  EXPECT_NE(message.find("\u00e9..\""), std::string::npos) << message;
}

}  // namespace
}  // namespace rappel
