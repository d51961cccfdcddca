#include "ingest/screen/screening.h"

#include <gtest/gtest.h>

#include "ingest/screen/text_metadata.h"

namespace rappel {
namespace {

TEST(Screening, ReportsSkipsOrRedacts) {
  const std::string text = "Write to a@b.co.";
  for (const auto& [name, stored, left] : {std::tuple("off", true, "Write to a@b.co."),
                                           {"report", true, "Write to a@b.co."},
                                           {"skip", false, "Write to a@b.co."},
                                           {"redact", true, "Write to ******."}}) {
    std::string copy = text;
    std::vector<std::string> warnings;
    EXPECT_EQ(screen_text(parse_screening(name), copy, warnings), stored) << name;
    EXPECT_EQ(copy, left) << name;
    EXPECT_EQ(warnings.size(), stored && std::string(name) != "off" ? 1u : 0u) << name;
  }
}

TEST(TextMetadata, IsWhatTheFirstLinesState) {
  const Metadata m = text_metadata(
      "# A heading\r\n\n**Author:** Ann Lee\nDate: 2024-05-06\nSource: https://example.org/a\nAuthor: Bo\n");
  EXPECT_EQ(m.custom.at("title"), MetadataValue(std::string("A heading")));
  EXPECT_EQ(m.author, "Ann Lee");
  EXPECT_EQ(m.created_at->text, "2024-05-06");
  EXPECT_EQ(m.url, "https://example.org/a");
  EXPECT_EQ(text_metadata("By the way. It rains.\nDate: soon\nsource: a book\nauthor:\n"), Metadata());
  EXPECT_EQ(text_metadata("By Ann Lee\nText.").author, "Ann Lee");
}

}  // namespace
}  // namespace rappel
