#include "extractor/office/pptx.h"

#include <gtest/gtest.h>

#include "extractor/office/test_zip.h"
#include "ingest/content/collected.h"

namespace rappel::extractor {
namespace {

using Parts = std::vector<std::pair<std::string, std::string>>;

const std::string kNames =
    R"( xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main")"
    R"( xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main")"
    R"( xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships")";

std::string relation(const std::string& id, const std::string& type, const std::string& target) {
  return R"(<Relationship Id=")" + id + R"(" Type="http://x/)" + type + R"(" Target=")" + target + R"("/>)";
}

std::string slide(const std::string& shapes, const std::string& attributes = "") {
  return "<p:sld" + kNames + attributes + "><p:cSld><p:spTree>" + shapes + "</p:spTree></p:cSld></p:sld>";
}

std::string paragraph(const std::string& text) { return "<a:p><a:r><a:t>" + text + "</a:t></a:r></a:p>"; }

std::string box(int x, int y, const std::string& text) {
  return R"(<p:sp><p:spPr><a:xfrm><a:off x=")" + std::to_string(x * 1'000'000) + R"(" y=")" +
         std::to_string(y * 1'000'000) +
         R"("/><a:ext cx="900000" cy="900000"/></a:xfrm></p:spPr><p:txBody>)" + paragraph(text) +
         "</p:txBody></p:sp>";
}

std::string placeholder(const std::string& type, const std::string& text) {
  return R"(<p:sp><p:nvSpPr><p:nvPr><p:ph type=")" + type + R"("/></p:nvPr></p:nvSpPr><p:txBody>)" +
         paragraph(text) + "</p:txBody></p:sp>";
}

CollectedContent read(const std::string& first, Parts more = {}) {
  more.emplace_back("ppt/slides/slide1.xml", first);
  CollectedContent content;
  const std::string zip = test_zip(more);
  const Status status = read_pptx({zip}, content);
  EXPECT_TRUE(status.ok()) << status.to_string();
  return content;
}

TEST(Pptx, ShapesGoByPositionTitleFirst) {
  const CollectedContent content = read(slide(box(0, 3, "low") + box(2, 1, "right") + box(0, 1, "left") +
                                              placeholder("title", "Title") + placeholder("sldNum", "7")));
  EXPECT_EQ(text_of(content), "Title\nleft\nright\nlow");
  EXPECT_EQ(content.blocks[0].block.kind, BlockKind::kHeading);
}

TEST(Pptx, ShapesThatCoverEachOtherStayInOrder) {
  EXPECT_EQ(text_of(read(slide(box(0, 3, "one") + box(0, 1, "two") + box(0, 1, "three")))),
            "one\ntwo\nthree");
}

TEST(Pptx, GroupsAreOneShape) {
  const std::string group = R"(<p:grpSp><p:grpSpPr><a:xfrm><a:off x="0" y="2000000"/></a:xfrm></p:grpSpPr>)" +
                            box(0, 9, "b") + box(0, 0, "a") + "</p:grpSp>";
  EXPECT_EQ(text_of(read(slide(group + box(0, 1, "above") + box(0, 5, "below")))), "above\na\nb\nbelow");
}

TEST(Pptx, PlaceholdersTakeTheirPlaceFromTheLayout) {
  const std::string layout = slide(
      R"(<p:sp><p:nvSpPr><p:nvPr><p:ph type="body"/></p:nvPr></p:nvSpPr><p:spPr><a:xfrm><a:off x="0" y="2000000"/>)"
      R"(<a:ext cx="1" cy="1"/></a:xfrm></p:spPr></p:sp>)");
  EXPECT_EQ(text_of(read(slide(box(0, 3, "below") + placeholder("body", "body") + box(0, 1, "above")),
                         {{"ppt/slides/_rels/slide1.xml.rels",
                           "<Relationships>" + relation("l", "slideLayout", "../l.xml") + "</Relationships>"},
                          {"ppt/l.xml", layout}})),
            "above\nbody\nbelow");
}

TEST(Pptx, OrderHiddenSlidesNotesAndTables) {
  const std::string table =
      R"(<p:graphicFrame><a:graphic><a:graphicData><a:tbl><a:tblPr firstRow="1"/><a:tr><a:tc><a:txBody>)" +
      paragraph("x") + "</a:txBody></a:tc><a:tc><a:txBody>" + paragraph("y") +
      "</a:txBody></a:tc></a:tr></a:tbl></a:graphicData></a:graphic></p:graphicFrame>";
  const CollectedContent content =
      read(slide(table),
           {{"ppt/presentation.xml",
             "<p:presentation" + kNames +
                 R"(><p:sldIdLst><p:sldId r:id="b"/><p:sldId r:id="a"/></p:sldIdLst></p:presentation>)"},
            {"ppt/_rels/presentation.xml.rels",
             "<Relationships>" + relation("a", "slide", "slides/slide1.xml") +
                 relation("b", "slide", "slides/slide2.xml") + "</Relationships>"},
            {"ppt/slides/slide2.xml", slide(box(0, 0, "second"), R"( show="0")")},
            {"ppt/slides/_rels/slide2.xml.rels",
             "<Relationships>" + relation("n", "notesSlide", "/ppt/n.xml") + "</Relationships>"},
            {"ppt/n.xml", slide(placeholder("body", "note") + placeholder("sldNum", "1"))}});
  EXPECT_EQ(text_of(content), "second\nnote\n\fx\ty");
  ASSERT_EQ(content.parts.size(), 2u);
  EXPECT_TRUE(content.parts[0].hidden);
  EXPECT_EQ(content.blocks[1].block.kind, BlockKind::kNote);
  EXPECT_TRUE(content.blocks[2].block.header_row);
}

TEST(Pptx, WithoutSlidesIsRefused) {
  CollectedContent content;
  const std::string zip = test_zip({{"ppt/presentation.xml", "<p:presentation" + kNames + "/>"}});
  EXPECT_EQ(read_pptx({zip}, content).code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace rappel::extractor
