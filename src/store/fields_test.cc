#include "store/fields.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "store/custom_metadata.h"

namespace rappel {
namespace {

TEST(Fields, EveryFieldIsFoundSetAndReadBack) {
  for (const DocumentField& field : document_fields()) {
    EXPECT_EQ(find_field(field.name), &field);
    Metadata metadata;
    EXPECT_FALSE(field_value(field, metadata));
    const MetadataValue value =
        field.type == FieldType::kInteger  ? MetadataValue(std::int64_t{5})
        : field.type == FieldType::kDate   ? MetadataValue(Timestamp{"2024", 1704067200})
        : field.type == FieldType::kChoice ? MetadataValue(std::string(field.choices[0]))
                                           : MetadataValue(std::string("x"));
    ASSERT_TRUE(set_field(field, value, metadata).ok()) << field.name;
    EXPECT_EQ(field_value(field, metadata), value) << field.name;
    EXPECT_EQ(field.second_column != nullptr, field.type == FieldType::kDate) << field.name;
    EXPECT_EQ(field.choices.empty(), field.type != FieldType::kChoice) << field.name;
  }
  EXPECT_EQ(find_field("department"), nullptr);
  EXPECT_EQ(find_field(kDocumentIdKey), nullptr);
}

// Checksums and derived ids count these in this order (docs/storage.md); a new field comes with a later
// version.
TEST(Fields, TheFirstFormatHasTheseInThisOrder) {
  std::vector<std::string> names;
  for (const DocumentField& field : document_fields()) {
    EXPECT_GE(field.since, 1) << field.name;
    if (field.in_first_format()) names.push_back(field.name);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"source", "source_id", "url", "created_at", "author", "filename",
                                             "filesize"}));
}

TEST(Fields, ValuesOfAnotherTypeAreRefusedByName) {
  Metadata metadata;
  const auto message = [&](const char* name, MetadataValue value) {
    return set_field(*find_field(name), std::move(value), metadata).message();
  };
  EXPECT_EQ(message("source", std::string("web")), "source: expected email, file or chat, not 'web'");
  EXPECT_EQ(message("author", true), "author: expected a string");
  EXPECT_EQ(message("filesize", std::string("1")), "filesize: expected a whole number");
  EXPECT_NE(message("created_at", std::string("soon")).find("created_at: "), std::string::npos);
  EXPECT_EQ(metadata, Metadata());
}

TEST(Fields, ADateIsParsedOnceAndKeptAsWritten) {
  Metadata metadata;
  ASSERT_TRUE(set_field(*find_field("created_at"), std::string("2021-01-21T10:00:00+02:00"), metadata).ok());
  EXPECT_EQ(metadata.created_at, (Timestamp{"2021-01-21T10:00:00+02:00", 1611216000}));
}

TEST(CustomMetadata, TextsThatBeginWithADayAreDates) {
  for (const char* date : {"2024-05-06", "2024-05-06T10:00:00Z", "2024-05-06 10:00"})
    EXPECT_TRUE(std::holds_alternative<Timestamp>(custom_text(date))) << date;
  for (const char* text :
       {"2024", "2024-05", "20240506", "2024-05-06x", "2024-13-06", "2024-05-06T99", "x", ""})
    EXPECT_TRUE(std::holds_alternative<std::string>(custom_text(text))) << text;
}

TEST(CustomMetadata, KeysAndSizesAreBounded) {
  const auto message = [](const CustomMetadata& custom) { return check_custom(custom).message(); };
  EXPECT_EQ(message({{"department", std::string("x")}, {std::string(kMaxCustomKeyBytes, 'k'), true}}), "");
  EXPECT_NE(message({{"", true}}).find("empty"), std::string::npos);
  EXPECT_NE(message({{std::string(kMaxCustomKeyBytes + 1, 'k'), true}}).find("129 bytes"), std::string::npos);
  EXPECT_NE(message({{"$gte", true}}).find("\"$gte\""), std::string::npos);
  EXPECT_NE(message({{"document_id", true}}).find("document_id"), std::string::npos);
  EXPECT_NE(message({{"author", true}}).find("author"), std::string::npos);
  EXPECT_NE(message({{"a", std::string("\xFF")}}).find("UTF-8"), std::string::npos);
  EXPECT_NE(message({{"a", INFINITY}}).find("out of range"), std::string::npos);
  EXPECT_NE(message({{"a", std::vector<std::string>(kMaxCustomListItems + 1)}}).find("257 items"),
            std::string::npos);
  EXPECT_NE(message({{"a", std::string(kMaxCustomBytes, 'x')}}).find("65536 bytes"), std::string::npos);
  CustomMetadata many;
  for (std::size_t i = 0; i <= kMaxCustomKeys; ++i) many.emplace("key" + std::to_string(i), true);
  EXPECT_NE(message(many).find("65 keys"), std::string::npos);
}

}  // namespace
}  // namespace rappel
