#include "ingest/extract/extract.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rappel {
namespace {

using namespace std::string_literals;

std::string refusal(const std::string& content, const FileHint& hint) {
  const auto document = extract(content, hint);
  return document.ok() ? "" : document.status().message();
}

TEST(Extract, PlainTextAndMarkdownByNameOrDeclaredType) {
  const std::vector<FileHint> hints{
      {"a.txt", "", ""},      {"A.TEXT", "", ""},           {"a.md", "", ""},
      {"b.Markdown", "", ""}, {"x", "text/plain", ""},      {"x.bin", "text/markdown", "utf-8"},
      {"", "text/plain", ""}, {"x", "text/x-markdown", ""}, {"a.md", "application/octet-stream", ""},
  };
  for (const FileHint& hint : hints) {
    const auto document = extract("\xEF\xBB\xBFh\xC3\xA9", hint);
    ASSERT_TRUE(document.ok()) << document.status().message();
    EXPECT_EQ((*document).text, "h\xC3\xA9");
    EXPECT_TRUE((*document).warnings.empty());
    EXPECT_TRUE(check_file_type("\xEF\xBB\xBFh", hint).ok());
  }
  EXPECT_EQ((*extract("x", {"a.md", "", ""})).media_type, "text/markdown");
}

// Content decides before name and declared type, so a renamed file does not become a document of noise.
TEST(Extract, SignaturesWinOverNameAndDeclaredType) {
  const std::vector<std::pair<std::string, std::string>> files{
      {"%PDF-1.4\n", "a PDF document (application/pdf)"},
      {"{\\rtf1 x}", "an RTF document (application/rtf)"},
      {"PK\x03\x04"s + "\x14\0\0\0"s + "[Content_Types].xml word/document.xml", "a DOCX document"},
      {"PK\x03\x04"s + "\x14\0\0\0"s + "mimetypeapplication/epub+zip", "an EPUB book"},
      {"PK\x03\x04"s + "\x14\0\0\0"s + "a.txt", "a ZIP archive (application/zip)"},
      {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "a document of an old Office format"},
      {"\x1F\x8B\x08", "a gzip file"},
      {"\x89PNG\r\n\x1A\n", "a PNG image"},
      {"\xFF\xD8\xFF\xE0", "a JPEG image"},
      {"GIF89a\x01\0\x01\0"s, "a GIF image"},
      {std::string(257, 'a') + "ustar\0"s, "a tar archive"},
      {"\x7F"
       "ELF\x02",
       "a program"},
      {"\xFF\xFEh\0i\0"s, "UTF-16 text"},
  };
  for (const auto& [content, what] : files)
    for (const FileHint& hint : {FileHint{"a.txt", "", ""}, FileHint{"a", "text/plain", ""}}) {
      EXPECT_EQ(check_file_type(content, hint).code(), Code::kUnsupported);
      EXPECT_EQ(refusal(content, hint).find("cannot read " + hint.name + ": it is " + what), 0u)
          << refusal(content, hint);
    }
}

TEST(Extract, TextThatBeginsLikeASignatureIsText) {
  for (const char* text : {"BM is short for bitmap", "GIF89a is a version", "BZh starts a bzip2 file",
                           "ID3 tags", "PK is a name", "MM and II"})
    EXPECT_EQ(refusal(text, {"a.txt", "", ""}), "");
  EXPECT_EQ(refusal("a\0b and more text"s, {"a.txt", "", ""}), "") << "NUL is a character of UTF-8";
}

TEST(Extract, RefusalsNameTheTypeAndSayWhatToDo) {
  EXPECT_EQ(refusal("%PDF-1.4", {"scan.pdf", "application/pdf", ""}),
            "cannot read scan.pdf: it is a PDF document (application/pdf), and only text/plain and "
            "text/markdown can be read; convert it to text, for example with pdftotext");
  EXPECT_EQ(refusal("words", {"notes", "", ""}),
            "cannot read notes: it is a file of unknown type, and only text/plain and text/markdown can be "
            "read; give it a name ending in .txt or .md if it is text");
  EXPECT_EQ(refusal("words", {"", "image/x", ""}),
            "cannot read the file: it is declared as image/x, and only text/plain and text/markdown can be "
            "read; declare it as text/plain if it is text");
  EXPECT_NE(refusal("<p>", {"a.html", "", ""}).find("an HTML page (text/html)"), std::string::npos);
  EXPECT_NE(refusal("a,b", {"a.csv", "text/csv", ""}).find("a CSV table"), std::string::npos);
  EXPECT_NE(refusal("PK\x03\x04\x14", {"a.docx", "", ""}).find("a DOCX document"), std::string::npos);
}

TEST(Extract, TextMustBeUtf8) {
  EXPECT_EQ(extract("caf\xE9", {"l.txt", "", ""}).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(refusal("caf\xE9", {"l.txt", "text/plain", "iso-8859-1"}),
            "cannot read l.txt: it is not UTF-8 text (its charset is iso-8859-1); convert it to UTF-8, for "
            "example with iconv");
  EXPECT_EQ(refusal("caf\xE9", {"l.txt", "", "utf-8"}),
            "cannot read l.txt: it is not UTF-8 text; convert it to UTF-8, for example with iconv");
}

}  // namespace
}  // namespace rappel
