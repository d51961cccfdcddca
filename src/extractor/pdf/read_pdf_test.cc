#include "extractor/pdf/read_pdf.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "extractor/pdf/pdfium.h"
#include "ingest/content/collected.h"

namespace rappel::extractor {
namespace {

// A file without a table of contents of its objects, which PDFium finds by itself.
std::string pdf_with(const std::vector<std::string>& pages, const std::string& more = "") {
  std::string kids, objects;
  for (std::size_t i = 0; i < pages.size(); ++i) {
    const std::string page = std::to_string(10 + 2 * i), content = std::to_string(11 + 2 * i);
    kids += page + " 0 R ";
    objects +=
        page +
        " 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F 3 0 R>>>>/Contents " +
        content + " 0 R>> endobj\n" + content + " 0 obj <</Length " + std::to_string(pages[i].size()) +
        ">> stream\n" + pages[i] + "\nendstream endobj\n";
  }
  return "%PDF-1.4\n1 0 obj <</Type/Catalog/Pages 2 0 R/Lang(de-AT)>> endobj\n2 0 obj <</Type/Pages/Kids[" +
         kids + "]/Count " + std::to_string(pages.size()) +
         ">> endobj\n3 0 obj <</Type/Font/Subtype/Type1/BaseFont/Helvetica>> endobj\n"
         "4 0 obj <</Title(A title)/CreationDate(D:20261123100000Z)>> endobj\n" +
         objects + more + "trailer <</Root 1 0 R/Info 4 0 R>>\n";
}

std::string text_at(int x, int y, const std::string& text, int size = 12) {
  return "BT /F " + std::to_string(size) + " Tf " + std::to_string(x) + " " + std::to_string(y) + " Td (" +
         text + ") Tj ET\n";
}

class ReadPdf : public testing::Test {
 protected:
  void SetUp() override {
    const std::string folder = "build/pdfium";  // of scripts/install-pdfium
    if (!load_pdfium(std::filesystem::exists(folder) ? folder : ""))
      GTEST_SKIP() << "PDFium is not installed: run scripts/install-pdfium";
  }
  CollectedContent content_;
};

TEST_F(ReadPdf, TextPagesAndProperties) {
  const std::string file = pdf_with({text_at(50, 700, "Hello world"), text_at(50, 700, "Second page")});
  ASSERT_TRUE(read_pdf({file}, content_).ok());
  EXPECT_EQ(text_of(content_), "Hello world\n\fSecond page");
  EXPECT_EQ(content_.parts.size(), 2U);
  using Property = std::pair<std::string, std::string>;
  EXPECT_EQ(content_.properties[0], Property("title", "A title"));
  EXPECT_EQ(content_.properties[1], Property("created_at", "2026-11-23T10:00:00Z"));
  EXPECT_EQ(content_.properties[2], Property("language", "de-AT"));
  EXPECT_EQ(content_.properties[3].first, "pages");
}

TEST_F(ReadPdf, BytesBeforeTheHeaderAndNoHeader) {
  const std::string file = pdf_with({text_at(50, 700, "Hello")});
  ASSERT_TRUE(read_pdf({"\n\n" + file}, content_).ok());
  ASSERT_TRUE(read_pdf({file.substr(9)}, content_).ok());
  EXPECT_EQ(text_of(content_), "Hello\n\fHello");
}

TEST_F(ReadPdf, PagesWithoutTextAreNamed) {
  const std::string file =
      pdf_with({"10 10 100 100 re f\n", text_at(50, 700, "text"), "", "5 5 10 10 re f\n"});
  ASSERT_TRUE(read_pdf({file}, content_).ok());
  ASSERT_EQ(content_.warnings.size(), 1U);
  EXPECT_EQ(content_.warnings[0],
            "no text layer on pages 1, 4; to read scanned pages, turn on OCR (RAPPEL_OCR=true)");
}

TEST_F(ReadPdf, CommentsAreNotes) {
  std::string file =
      pdf_with({text_at(50, 700, "text")},
               "50 0 obj <</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents(a comment)>> endobj\n");
  file.replace(file.find("/MediaBox"), 9, "/Annots[50 0 R]/MediaBox");
  ASSERT_TRUE(read_pdf({file}, content_).ok());
  ASSERT_EQ(content_.blocks.size(), 2U);
  EXPECT_EQ(content_.blocks[1].block.kind, BlockKind::kNote);
  EXPECT_EQ(content_.blocks[1].block.text, "a comment");
}

TEST_F(ReadPdf, GarbageIsRefused) {
  const Status status = read_pdf({"this is no PDF"}, content_);
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_EQ(read_pdf({""}, content_).code(), Code::kInvalidArgument);
}

TEST_F(ReadPdf, ParagraphsGoOnOverThePageBreak) {
  const std::string file = pdf_with({text_at(50, 700, "the sentence"), text_at(50, 700, "goes on.")});
  ASSERT_TRUE(read_pdf({file}, content_).ok());
  EXPECT_EQ(text_of(content_), "the sentence goes on.");
  EXPECT_EQ(content_.parts.size(), 2U);
}

}  // namespace
}  // namespace rappel::extractor
