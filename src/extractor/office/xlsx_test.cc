#include "extractor/office/xlsx.h"

#include <gtest/gtest.h>

#include "extractor/office/sheet_rows.h"
#include "extractor/office/test_zip.h"
#include "extractor/office/xlsx_sheet.h"
#include "ingest/content/collected.h"

namespace rappel::extractor {
namespace {

std::string relation(const std::string& id, const std::string& type, const std::string& target) {
  return R"(<Relationship Id=")" + id + R"(" Type="http://x/)" + type + R"(" Target=")" + target + R"("/>)";
}

CollectedContent read(const std::string& sheet, const std::string& workbook_properties = "",
                      const std::string& sheet_name = R"(name="S")") {
  const std::string zip = test_zip(
      {{"xl/workbook.xml",
        R"(<x:workbook xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" )"
        R"(xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">)" +
            workbook_properties + "<x:sheets><x:sheet " + sheet_name +
            R"( r:id="r1"/></x:sheets></x:workbook>)"},
       {"xl/_rels/workbook.xml.rels", "<Relationships>" + relation("r1", "worksheet", "worksheets/a.xml") +
                                          relation("r2", "sharedStrings", "strings.xml") +
                                          relation("r3", "styles", "styles.xml") + "</Relationships>"},
       {"xl/worksheets/_rels/a.xml.rels",
        "<Relationships>" + relation("c", "comments", "../comments.xml") + "</Relationships>"},
       {"xl/comments.xml",
        R"(<comments><commentList><comment ref="A2"><text><r><t>remark</t></r></text></comment></commentList></comments>)"},
       {"xl/strings.xml",
        "<sst><si><t>one</t></si><si><r><t>ri</t></r><r><t>ch</t></r><rPh><t>spoken</t></rPh></si></sst>"},
       {"xl/styles.xml",
        R"(<styleSheet><numFmts><numFmt numFmtId="170" formatCode="0.0&quot;kg&quot;"/></numFmts>)"
        R"(<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/></cellXfs></styleSheet>)"},
       {"xl/worksheets/a.xml", sheet}});
  CollectedContent content;
  const Status status = read_xlsx({zip}, content);
  EXPECT_TRUE(status.ok()) << status.to_string();
  return content;
}

std::string rows(const std::string& rows) {
  return "<worksheet><sheetData>" + rows + "</sheetData></worksheet>";
}

TEST(Xlsx, CellsAreAsShown) {
  const CollectedContent content = read(rows(
      R"(<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="b"><v>1</v></c></row>)"
      R"(<row r="2"><c r="A2" s="1"><v>45351</v></c><c r="B2" s="2"><f>1+1</f><v>2.25</v></c>)"
      R"(<c r="D2" t="e"><v>#DIV/0!</v></c><c r="E2" t="inlineStr"><is><t>in</t><t>line</t></is></c></row>)"
      R"(<row r="5001"><c r="XFD5001" t="str"><v>far</v></c></row>)"));
  EXPECT_EQ(text_of(content), "S\none\trich\tTRUE\n2024-02-29\t2.3kg\t\t#DIV/0!\tinline\nremark\n\tfar");
  EXPECT_EQ(content.blocks[4].block.row, 5001u);
  EXPECT_EQ(content.blocks[3].block.kind, BlockKind::kNote);
}

TEST(Xlsx, DateSystemHiddenSheetsAndRunningText) {
  const CollectedContent content = read(
      R"(<worksheet><sheetData><row><c s="1"><v>43889</v></c></row></sheetData><headerFooter>)"
      R"(<oddHeader>&amp;L&amp;"Arial,Bold"&amp;12Left &amp;&amp; right&amp;C&amp;P</oddHeader></headerFooter></worksheet>)",
      R"(<x:workbookPr date1904="1"/>)", R"(name="Hid" state="veryHidden")");
  EXPECT_EQ(text_of(content), "Hid\n2024-02-29\nremark\nLeft & right");
  EXPECT_TRUE(content.parts[0].hidden);
}

TEST(Xlsx, DamagedSheetGivesTheRowsBefore) {
  const CollectedContent content =
      read(R"(<worksheet><sheetData><row><c><v>1</v></c></row><row><c><v>2</v></c></ro)");
  EXPECT_EQ(text_of(content), "S\n1\n2\nremark");
  EXPECT_EQ(content.warnings.size(), 1u);
}

TEST(Xlsx, EntitiesAreRefused) {
  const CollectedContent content = read(R"(<!DOCTYPE w [<!ENTITY a "lol"><!ENTITY b "&a;&a;">]>)" +
                                        rows(R"(<row><c><v>&b;</v></c></row>)"));
  EXPECT_EQ(text_of(content), "S\nremark");
  EXPECT_EQ(content.warnings.size(), 1u);
}

TEST(Xlsx, CellsAreCounted) {
  std::string many;
  for (int i = 0; i < 21'000; ++i) {
    many += "<row>";
    for (int j = 0; j < 100; ++j) many += "<c/>";
    many += "<c><v>1</v></c></row>";
  }
  const CollectedContent content = read(rows(many));
  ASSERT_EQ(content.warnings.size(), 1u);
  EXPECT_NE(content.warnings[0].find("2 million"), std::string::npos);
}

TEST(Xlsx, SheetsWithoutWorkbookAreRead) {
  const std::string zip = test_zip({{"xl/worksheets/sheet10.xml", rows("<row><c><v>10</v></c></row>")},
                                    {"xl/worksheets/sheet2.xml", rows("<row><c><v>2</v></c></row>")}});
  CollectedContent content;
  EXPECT_TRUE(read_xlsx({zip}, content).ok());
  EXPECT_EQ(text_of(content), "sheet2\n2\n\fsheet10\n10");
  EXPECT_EQ(content.warnings.size(), 1u);
}

TEST(Xlsx, BinaryWorkbooksAreRefusedByName) {
  const std::string zip =
      test_zip({{"xl/workbook.bin", "x"},
                {"_rels/.rels", "<Relationships>" + relation("r", "officeDocument", "xl/workbook.bin") +
                                    "</Relationships>"}});
  CollectedContent content;
  const Status status = read_xlsx({zip}, content);
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_NE(status.message().find("XLSB"), std::string::npos);
}

TEST(Xlsx, PlacesOfCells) {
  std::uint32_t column = 9, row = 9;
  read_cell_place("BC12", column, row);
  EXPECT_EQ(column, 54u);
  EXPECT_EQ(row, 12u);
  for (const char* wrong : {"", "12", "A", "A0", "A-1", "AAAAA1"}) read_cell_place(wrong, column, row);
  EXPECT_EQ(column, 54u);
}

TEST(SheetRows, RowOfTextsAboveNumbersIsTheHeader) {
  CollectedContent content;
  SheetRows rows([&](Block block) { return content.block(std::move(block)); });
  ASSERT_TRUE(rows.add(1, {{0, "A title", true}}).ok());
  ASSERT_TRUE(rows.add(3, {{0, "Name", true}, {1, "Price", true}}).ok());
  ASSERT_TRUE(rows.add(4, {{0, "Tea", true}, {1, "3", false}}).ok());
  ASSERT_TRUE(rows.finish().ok());
  ASSERT_EQ(content.blocks.size(), 3u);
  EXPECT_FALSE(content.blocks[0].block.header_row);
  EXPECT_TRUE(content.blocks[1].block.header_row);
  EXPECT_FALSE(content.blocks[2].block.header_row);
}

}  // namespace
}  // namespace rappel::extractor
