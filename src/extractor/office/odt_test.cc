#include "extractor/office/odt.h"

#include <gtest/gtest.h>

#include "extractor/office/test_zip.h"
#include "ingest/content/collected.h"
#include "ingest/content/outlined_text.h"

namespace rappel::extractor {
namespace {

using Parts = std::vector<std::pair<std::string, std::string>>;

const std::string kNames =
    R"( xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0")"
    R"( xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0")"
    R"( xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0")"
    R"( xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0")"
    R"( xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0")"
    R"( xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/")";

CollectedContent read(const std::string& body, Parts more = {}) {
  more.emplace_back("content.xml", "<office:document-content" + kNames + "><office:body><office:text>" +
                                       body + "</office:text></office:body></office:document-content>");
  const std::string zip = test_zip(more);
  CollectedContent content;
  const Status status = read_odt({zip}, content);
  EXPECT_TRUE(status.ok()) << status.to_string();
  return content;
}

std::string text(const std::string& body) { return text_of(read(body)); }

TEST(Odt, BlanksTabsAndBreaks) {
  EXPECT_EQ(
      text("<text:p>a\n   b<text:s text:c=\"3\"/>c<text:tab/>d<text:line-break/>e <text:span>f</text:span> "
           "<text:span>g</text:span></text:p>"),
      "a b   c\td\ne f g");
}

TEST(Odt, HeadingsListsAndDeletedText) {
  const CollectedContent content = read(
      "<text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p></text:deletion>"
      "</text:changed-region></text:tracked-changes><text:h text:outline-level=\"3\">Head</text:h>"
      "<text:list><text:list-item><text:p>one</text:p><text:list><text:list-item><text:p>two</text:p>"
      "</text:list-item></text:list></text:list-item></text:list>");
  EXPECT_EQ(text_of(content), "Head\none\ntwo");
  EXPECT_EQ(content.blocks[0].block.level, 3);
  EXPECT_EQ(content.blocks[2].block.kind, BlockKind::kListItem);
  EXPECT_EQ(content.blocks[2].block.level, 1);
}

TEST(Odt, NotesCommentsAndTextBoxes) {
  EXPECT_EQ(
      text("<text:p>a<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>note</"
           "text:p>"
           "</text:note-body></text:note><office:annotation><dc:creator>X</dc:creator><text:p>remark</text:p>"
           "</office:annotation><draw:frame><draw:text-box><text:p>box</text:p></draw:text-box></draw:frame>b"
           "</text:p><text:p>c</text:p>"),
      "ab\nX: remark\nbox\nc\nnote");
}

TEST(Odt, TablesWithRepeatsAndHeaders) {
  const CollectedContent content = read(
      "<table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>h</text:p>"
      "</table:table-cell><table:covered-table-cell/><table:table-cell><text:p>i</text:p></table:table-cell>"
      "</table:table-row></table:table-header-rows><table:table-row table:number-rows-repeated=\"1000000\">"
      "<table:table-cell table:number-columns-repeated=\"2\"><text:p>x</text:p></table:table-cell>"
      "<table:table-cell table:number-columns-repeated=\"2000000000\"/></table:table-row></table:table>");
  EXPECT_EQ(text_of(content), "h\t\ti\nx\tx");
  EXPECT_TRUE(content.blocks[0].block.header_row);
}

TEST(Odt, RepeatedCellsDoNotMultiply) {
  std::string nested;
  for (int i = 0; i < 30; ++i)
    nested +=
        "<table:table><table:table-row table:number-rows-repeated=\"60\"><table:table-cell "
        "table:number-columns-repeated=\"60\"><text:p>x</text:p>";
  EXPECT_LT(text(nested).size(), 10'000'000u);
}

TEST(Odt, RunningTextAndProperties) {
  const CollectedContent content = read(
      "<text:p>t</text:p>",
      {{"styles.xml", "<office:document-styles" + kNames +
                          "><office:master-styles><style:master-page><style:header><text:p>Header</text:p>"
                          "</style:header><style:footer><text:p>7</text:p></style:footer></style:master-page>"
                          "<style:master-page><style:header><text:p>Header</text:p></style:header>"
                          "</style:master-page></office:master-styles></office:document-styles>"},
       {"meta.xml",
        "<office:document-meta" + kNames +
            "><office:meta><dc:title>T</dc:title><meta:creation-date>2024-01-02</meta:creation-date>"
            "</office:meta></office:document-meta>"}});
  EXPECT_EQ(text_of(content), "t\nHeader");
  EXPECT_EQ(json_of(content, outlined_text_of(content), "odt"),
            R"({"kind":"odt","metadata":{"title":"T","created_at":"2024-01-02T00:00:00Z"}})");
}

TEST(Odt, EncryptedDocumentsAreRefused) {
  const std::string zip =
      test_zip({{"content.xml", "noise"},
                {"META-INF/manifest.xml",
                 R"(<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><m:file-entry )"
                 R"(m:full-path="content.xml"><m:encryption-data/></m:file-entry></m:manifest>)"}});
  CollectedContent content;
  const Status status = read_odt({zip}, content);
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_NE(status.message().find("password protected"), std::string::npos);
}

}  // namespace
}  // namespace rappel::extractor
