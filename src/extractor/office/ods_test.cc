#include "extractor/office/ods.h"

#include <gtest/gtest.h>

#include "extractor/office/odp.h"
#include "extractor/office/test_zip.h"
#include "ingest/content/collected.h"

namespace rappel::extractor {
namespace {

const std::string kNames = R"( xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0")"
                           R"( xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0")"
                           R"( xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0")"
                           R"( xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0")"
                           R"( xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0")"
                           R"( xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0")"
                           R"( xmlns:presentation="urn:oasis:names:tc:opendocument:xmlns:presentation:1.0")"
                           R"( xmlns:dc="http://purl.org/dc/elements/1.1/")";

CollectedContent read(ReadFunction reader, const std::string& styles, const std::string& body) {
  const std::string zip =
      test_zip({{"content.xml", "<office:document-content" + kNames + "><office:automatic-styles>" + styles +
                                    "</office:automatic-styles><office:body>" + body +
                                    "</office:body></office:document-content>"}});
  CollectedContent content;
  const Status status = reader({zip}, content);
  EXPECT_TRUE(status.ok()) << status.to_string();
  return content;
}

std::string cell(const std::string& type, const std::string& text, const std::string& more = "") {
  return "<table:table-cell office:value-type=\"" + type + "\"" + more + "><text:p>" + text +
         "</text:p></table:table-cell>";
}

TEST(Ods, CellsRowsRepeatsAndHiddenSheets) {
  const CollectedContent content = read(
      read_ods,
      R"(<style:style style:name="ta2"><style:table-properties table:display="false"/></style:style>)",
      "<table:table table:name=\"One\"><table:table-row>" + cell("string", "Name") + cell("string", "Price") +
          "</table:table-row><table:table-row table:number-rows-repeated=\"1000\"><table:table-cell "
          "table:number-columns-repeated=\"16384\"/></table:table-row><table:table-row>" +
          cell("string", "Tea") +
          cell("float", "3.50", " office:value=\"3.5\" table:number-columns-repeated=\"2\"") +
          "<table:table-cell office:value-type=\"float\" "
          "office:value=\"7\"/></table:table-row></table:table>" +
          "<table:table table:name=\"Two\" table:style-name=\"ta2\"/>");
  EXPECT_EQ(text_of(content), "One\nName\tPrice\nTea\t3.50\t3.50\t7\n\fTwo");
  EXPECT_TRUE(content.blocks[1].block.header_row);
  EXPECT_EQ(content.blocks[2].block.row, 1002u);
  EXPECT_FALSE(content.parts[0].hidden);
  EXPECT_TRUE(content.parts[1].hidden);
}

TEST(Ods, CommentsFollowTheirRowAndTextBoxesTheRows) {
  const CollectedContent content = read(
      read_ods, "",
      "<table:table "
      "table:name=\"S\"><table:shapes><draw:frame><draw:text-box><text:p>box</text:p></draw:text-box>"
      "</draw:frame></table:shapes><table:table-row><table:table-cell><office:annotation><dc:creator>X</"
      "dc:creator>"
      "<text:p>remark</text:p></office:annotation><text:p>a<text:s text:c=\"2\"/>b</text:p><text:p>c</text:p>"
      "</table:table-cell></table:table-row><table:table-row>" +
          cell("string", "d") + "</table:table-row></table:table>");
  EXPECT_EQ(text_of(content), "S\na  b\nc\nX: remark\nd\nbox");
}

TEST(Ods, RepeatsOfContentAreBounded) {
  const CollectedContent content = read(
      read_ods, "",
      "<table:table table:name=\"S\"><table:table-row table:number-rows-repeated=\"2147483647\">" +
          cell("string", "x", " table:number-columns-repeated=\"2147483647\"") +
          "</table:table-row><table:table-row>" + cell("string", "y") + "</table:table-row></table:table>");
  EXPECT_EQ(text_of(content), "S\nx\ny");
}

TEST(Odp, ShapesByPositionNotesAndHiddenSlides) {
  const auto box = [](const char* place, const char* more, const char* text) {
    return std::string("<draw:frame svg:width=\"1cm\" svg:height=\"1cm\" svg:x=\"1cm\" svg:y=\"") + place +
           "\"" + more + "><draw:text-box><text:p>" + text + "</text:p></draw:text-box></draw:frame>";
  };
  const CollectedContent content = read(
      read_odp,
      R"(<style:style style:name="dp"><style:drawing-page-properties presentation:visibility="hidden"/></style:style>)",
      "<office:presentation><draw:page draw:style-name=\"dp\">" + box("9cm", "", "low") + "<draw:g>" +
          box("50mm", "", "grouped") + "</draw:g>" + box("2cm", " presentation:class=\"title\"", "Title") +
          box("1in", "", "high") + box("1cm", " presentation:class=\"page-number\"", "7") +
          "<presentation:notes>" + box("1cm", " presentation:class=\"notes\"", "note") +
          "</presentation:notes></draw:page></office:presentation>");
  EXPECT_EQ(text_of(content), "Title\nhigh\ngrouped\nlow\nnote");
  EXPECT_TRUE(content.parts[0].hidden);
  EXPECT_EQ(content.blocks[0].block.kind, BlockKind::kHeading);
  EXPECT_EQ(content.blocks[4].block.kind, BlockKind::kNote);
}

TEST(Odp, LengthsInMillimetres) {
  EXPECT_DOUBLE_EQ(millimetres("2.5cm"), 25);
  EXPECT_DOUBLE_EQ(millimetres("72pt"), 25.4);
  for (const char* none : {"x", "nan", "inf", "1e300cm", ""}) EXPECT_DOUBLE_EQ(millimetres(none), 0) << none;
}

}  // namespace
}  // namespace rappel::extractor
