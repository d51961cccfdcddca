// Documents without an id are found again by the derived one, so these ids never change.
#include "retrieve/document_id.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace rappel {
namespace {

DocumentInput bare() { return {std::nullopt, "text", {}}; }

DocumentInput full() {
  DocumentInput document = bare();
  document.metadata.source = "email";
  document.metadata.created_at = Timestamp{"2024-05-06", 1714953600};
  document.metadata.author = "Zoe";
  document.metadata.filesize = 12;
  document.metadata.custom["department"] = std::string("sales");
  return document;
}

// Today's fields and `language`, which came later and is read from the member `author`.
std::vector<DocumentField> with_language() {
  std::vector<DocumentField> fields(document_fields().begin(), document_fields().end());
  DocumentField language = *find_field("author");
  language.name = "language";
  language.since = 99;
  fields.insert(fields.begin(), language);
  return fields;
}

TEST(DerivedId, IdsOfTheFirstFormatsStayTheSame) {
  EXPECT_EQ(derived_id(bare()), "40d1c18b-af72-4647-9fac-15a848ea18b3");
  EXPECT_EQ(derived_id(full()), "e2437b6a-7e8c-43b4-be69-93cc4df2f43e");
}

TEST(DerivedId, ALaterFieldChangesOnlyTheIdsOfDocumentsThatHaveIt) {
  EXPECT_EQ(derived_id(bare(), with_language()), derived_id(bare()));
  EXPECT_NE(derived_id(full(), with_language()), derived_id(full()));
}

TEST(DerivedId, ACustomKeyThatBecameAFieldKeepsTheId) {
  DocumentInput before = bare();
  before.metadata.custom = {{"department", std::string("sales")}, {"language", std::string("en")}};

  DocumentInput after = bare();
  after.metadata.custom = {{"department", std::string("sales")}};
  after.metadata.author = "en";
  auto fields = with_language();
  std::find_if(fields.begin(), fields.end(), [](const DocumentField& field) {
    return field.name == std::string_view("author");
  })->member = &Metadata::url;  // the member is taken; this document has neither

  EXPECT_EQ(derived_id(after, fields), derived_id(before));
}

}  // namespace
}  // namespace rappel
