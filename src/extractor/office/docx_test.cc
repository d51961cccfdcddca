#include "extractor/office/docx.h"

#include <gtest/gtest.h>

#include "extractor/office/docx_numbering.h"
#include "extractor/office/flat_text.h"
#include "extractor/office/test_zip.h"
#include "ingest/content/collected.h"
#include "ingest/content/outlined_text.h"

namespace rappel::extractor {
namespace {

using Parts = std::vector<std::pair<std::string, std::string>>;

const std::string kNames = R"( xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main")"
                           R"( xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships")"
                           R"( xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006")"
                           R"( xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math")";

std::string relation(const std::string& id, const std::string& type, const std::string& target) {
  return R"(<Relationship Id=")" + id + R"(" Type="http://x/)" + type + R"(" Target=")" + target + R"("/>)";
}

CollectedContent read(const std::string& body, const std::string& relations = "", Parts more = {}) {
  more.emplace_back("word/document.xml",
                    "<w:document" + kNames + "><w:body>" + body + "</w:body></w:document>");
  more.emplace_back("word/_rels/document.xml.rels", "<Relationships>" + relations + "</Relationships>");
  const std::string zip = test_zip(more);
  CollectedContent content;
  const Status status = read_docx({zip}, content);
  EXPECT_TRUE(status.ok()) << status.to_string();
  return content;
}

std::string text(const std::string& body) { return text_of(read(body)); }

std::string run(const std::string& words) { return "<w:r><w:t>" + words + "</w:t></w:r>"; }
std::string paragraph(const std::string& words) { return "<w:p>" + run(words) + "</w:p>"; }
std::string cell(const std::string& inside) { return "<w:tc>" + inside + "</w:tc>"; }

TEST(Docx, RunsTabsBreaksAndHyphens) {
  EXPECT_EQ(text("<w:p><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:noBreakHyphen/>"
                 "<w:t>d</w:t><w:softHyphen/><w:t xml:space=\"preserve\"> </w:t><w:t>e</w:t></w:r></w:p>"),
            "a\tb\nc-d e");
}

TEST(Docx, TrackedChangesAreAccepted) {
  EXPECT_EQ(
      text("<w:p>" + run("a") + "<w:ins>" + run("b") + "</w:ins><w:del><w:r><w:delText>c</w:delText></w:r>" +
           "</w:del><w:moveFrom>" + run("d") + "</w:moveFrom><w:moveTo>" + run("e") + "</w:moveTo></w:p>"),
      "abe");
  EXPECT_EQ(text("<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>" + run("one ") + "</w:p>" + paragraph("line")),
            "one line");
}

TEST(Docx, FieldsGiveResultsAndHiddenTextIsLeftOut) {
  const std::string code = R"(<w:r><w:instrText>PAGE</w:instrText></w:r>)";
  const auto mark = [](const char* type) {
    return std::string(R"(<w:r><w:fldChar w:fldCharType=")") + type + R"("/></w:r>)";
  };
  EXPECT_EQ(text("<w:p>" + mark("begin") + run("no") + code + mark("separate") + run("17") + mark("end") +
                 "<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r></w:p>"),
            "17");
  EXPECT_EQ(text("<w:p>" + mark("begin") + code + "</w:p>" + paragraph("after")), "after");
}

TEST(Docx, TableRowsHaveCellsAndSpans) {
  const std::string table =
      "<w:tbl><w:tr><w:trPr><w:tblHeader/></w:trPr>" +
      cell("<w:tcPr><w:gridSpan w:val=\"2\"/></w:tcPr>" + paragraph("wide")) + cell(paragraph("c")) +
      "</w:tr><w:tr>" + cell(paragraph("1") + paragraph("2")) +
      cell("<w:tbl><w:tr>" + cell(paragraph("x")) + cell(paragraph("y")) + "</w:tr></w:tbl>") +
      cell("<w:p/>") + "</w:tr></w:tbl>";
  const CollectedContent content = read(table);
  EXPECT_EQ(text_of(content), "wide\t\tc\n1\n2\tx\ty");
  ASSERT_EQ(content.blocks.size(), 2u);
  EXPECT_TRUE(content.blocks[0].block.header_row);
  EXPECT_EQ(content.blocks[1].block.row, 2u);
}

TEST(Docx, TextBoxStandsOnceAfterItsParagraph) {
  const std::string box = "<w:txbxContent>" + paragraph("box") + "</w:txbxContent>";
  EXPECT_EQ(text("<w:p><w:r><mc:AlternateContent><mc:Choice><w:drawing>" + box +
                 "</w:drawing></mc:Choice><mc:Fallback><w:pict>" + box +
                 "</w:pict></mc:Fallback></mc:AlternateContent></w:r>" + run("anchor") + "</w:p>"),
            "anchor\nbox");
}

TEST(Docx, HeadingsListsAndNotes) {
  const Parts parts = {
      {"word/styles.xml",
       "<w:styles" + kNames +
           R"(><w:style w:type="paragraph" w:styleId="A"><w:pPr><w:outlineLvl w:val="1"/></w:pPr>)"
           R"(</w:style><w:style w:type="paragraph" w:styleId="B"><w:basedOn w:val="A"/></w:style>)"
           R"(</w:styles>)"},
      {"word/numbering.xml",
       "<w:numbering" + kNames +
           R"(><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="3"/>)"
           R"x(<w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1)"/></w:lvl></w:abstractNum>)x"
           R"(<w:num w:numId="7"><w:abstractNumId w:val="0"/></w:num></w:numbering>)"},
      {"word/footnotes.xml", "<w:footnotes" + kNames + R"(><w:footnote w:id="5">)" + paragraph("the note") +
                                 "</w:footnote></w:footnotes>"}};
  const std::string list = R"(<w:pPr><w:numPr><w:numId w:val="7"/></w:numPr></w:pPr>)";
  const CollectedContent content =
      read(R"(<w:p><w:pPr><w:pStyle w:val="B"/></w:pPr>)" + run("Head") +
               R"(<w:r><w:footnoteReference w:id="5"/></w:r></w:p>)" + "<w:p>" + list + run("one") +
               "</w:p><w:p>" + list + run("two") + "</w:p>",
           relation("1", "styles", "styles.xml") + relation("2", "numbering", "/word/numbering.xml") +
               relation("3", "footnotes", "footnotes.xml"),
           parts);
  EXPECT_EQ(text_of(content), "Head\nc) one\nd) two\nthe note");
  EXPECT_EQ(content.blocks[0].block.kind, BlockKind::kHeading);
  EXPECT_EQ(content.blocks[0].block.level, 2);
  EXPECT_EQ(content.blocks[1].block.kind, BlockKind::kListItem);
  EXPECT_EQ(content.blocks[3].block.kind, BlockKind::kNote);
}

TEST(Docx, MathIsOneLine) {
  EXPECT_EQ(
      text(
          "<w:p><m:oMath><m:sSup><m:e><m:r><m:t>x</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup>"
          "</m:sSup><m:f><m:num><m:r><m:t>a+b</m:t></m:r></m:num><m:den><m:r><m:t>c</m:t></m:r></m:den></m:f>"
          "</m:oMath></w:p>"),
      "x^2(a+b)/c");
}

TEST(Docx, PropertiesAndEmbeddedFiles) {
  const CollectedContent content =
      read(paragraph("t"), "",
           {{"docProps/core.xml",
             R"(<cp xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">)"
             R"(<dc:title>A  title</dc:title><dcterms:created>2024-01-02T03:04:05Z</dcterms:created></cp>)"},
            {"word/embeddings/Book.xlsx", "xlsx"}});
  EXPECT_EQ(json_of(content, outlined_text_of(content), "docx"),
            R"({"kind":"docx","attachments":[{"name":"Book.xlsx","bytes":4}],)"
            R"("metadata":{"title":"A title","created_at":"2024-01-02T03:04:05Z"}})");
}

TEST(Docx, DeepNestingIsBounded) {
  std::string deep;
  for (int i = 0; i < 20'000; ++i) deep += "<w:ins>";
  EXPECT_EQ(text("<w:p>" + run("a") + deep + "</w:p>"), "a");
  std::string tables;
  for (int i = 0; i < 2'000; ++i) tables += "<w:tbl><w:tr><w:tc>" + paragraph("n");
  EXPECT_FALSE(text(tables).empty());
}

TEST(FlatText, ParagraphsOfWordAndOpenDocument) {
  CollectedContent word, open;
  ASSERT_TRUE(give_flat_text("<w:d xmlns:w='u'> <w:p><w:del>" + run("deleted") + "</w:del>" + run("first") +
                                 "<w:r><w:tab/></w:r>" + run("b") + "</w:p>" + paragraph("last") + "<w:p>" +
                                 run("cut"),
                             FlatFormat::kWord, word)
                  .ok());
  EXPECT_EQ(text_of(word), "first\tb\nlast\ncut");
  EXPECT_EQ(word.warnings.size(), 2u);
  ASSERT_TRUE(
      give_flat_text("<t> <h>Head</h><p>a<s/>b<span>c</span></p></t>", FlatFormat::kOpenDocument, open).ok());
  EXPECT_EQ(text_of(open), "Head\na bc");
}

TEST(Docx, ChartsGiveTheirValues) {
  const CollectedContent content = read(
      R"(<w:p><w:r><w:drawing><c:chart xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" r:id="c"/>)"
      "</w:drawing></w:r></w:p>",
      relation("c", "chart", "c.xml"),
      {{"word/c.xml",
        R"(<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"><c:ser><c:tx><c:strRef>)"
        R"(<c:strCache><c:pt idx="0"><c:v>Sales</c:v></c:pt></c:strCache></c:strRef></c:tx><c:cat><c:strRef>)"
        R"(<c:strCache><c:pt idx="0"><c:v>North</c:v></c:pt><c:pt idx="2"><c:v>South</c:v></c:pt></c:strCache>)"
        R"(</c:strRef></c:cat><c:val><c:numRef><c:numCache><c:pt idx="0"><c:v>4.4000000000000004</c:v></c:pt>)"
        R"(</c:numCache></c:numRef></c:val></c:ser></c:chartSpace>)"}});
  EXPECT_EQ(text_of(content), "\tNorth\t\tSouth\nSales\t4.4");
}

TEST(Docx, WithoutTextPartIsRefused) {
  CollectedContent content;
  const std::string zip = test_zip({{"word/other.xml", "<a/>"}});
  EXPECT_EQ(read_docx({zip}, content).code(), Code::kInvalidArgument);
}

TEST(Numbering, FormatsOfNumbers) {
  EXPECT_EQ(format_number(4, "lowerRoman"), "iv");
  EXPECT_EQ(format_number(1999, "upperRoman"), "MCMXCIX");
  EXPECT_EQ(format_number(28, "lowerLetter"), "bb");
  EXPECT_EQ(format_number(4, "decimalZero"), "04");
  EXPECT_EQ(format_number(-4, "upperLetter"), "-4");
}

}  // namespace
}  // namespace rappel::extractor
