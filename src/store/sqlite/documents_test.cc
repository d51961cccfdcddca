// The checksum of a document's row is part of the file format (docs/storage.md): these numbers never change.
#include "store/sqlite/documents.h"

#include <gtest/gtest.h>

#include <vector>

namespace rappel::sqlite {
namespace {

DocumentRow bare() { return {"bare", {}, {5, 2}}; }

DocumentRow full() {
  DocumentRow row{"full", {}, {5, 2}};
  row.metadata.source = "email";
  row.metadata.created_at = Timestamp{"2024-05-06", 1714953600};
  row.metadata.author = "Zoe";
  row.metadata.filesize = 12;
  return row;
}

// Today's fields and one that came later, which is read from the member `filename`.
std::vector<DocumentField> with_a_later_field() {
  std::vector<DocumentField> fields(document_fields().begin(), document_fields().end());
  DocumentField later = *find_field("filename");
  later.name = "language";
  later.since = 99;
  fields.insert(fields.begin(), later);
  return fields;
}

TEST(DocumentChecksum, RowsOfTheFirstFormatsKeepTheirChecksum) {
  EXPECT_EQ(document_checksum(bare(), std::nullopt), -6704816784056221771);
  EXPECT_EQ(document_checksum(full(), R"({"department":"sales"})"), -9043865149440989178);
}

TEST(DocumentChecksum, ALaterFieldChangesOnlyTheRowsThatHaveIt) {
  const auto fields = with_a_later_field();
  EXPECT_EQ(document_checksum(bare(), std::nullopt, fields), document_checksum(bare(), std::nullopt));
  EXPECT_EQ(document_checksum(full(), "{}", fields), document_checksum(full(), "{}"));
  DocumentRow row = full();
  row.metadata.filename = "en";
  EXPECT_NE(document_checksum(row, std::nullopt, fields), document_checksum(row, std::nullopt));
}

// Two later fields with the same value are not the same row.
TEST(DocumentChecksum, ALaterFieldCountsWithItsName) {
  auto fields = with_a_later_field();
  DocumentRow row = full();
  row.metadata.filename = "en";
  const std::int64_t language = document_checksum(row, std::nullopt, fields);
  fields.front().name = "country";
  EXPECT_NE(document_checksum(row, std::nullopt, fields), language);
}

}  // namespace
}  // namespace rappel::sqlite
