#include "ingest/extract/extract.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <stop_token>
#include <string>
#include <vector>

#include "base/os/file.h"
#include "ingest/extract/properties.h"
#include "testing/temp_dir.h"

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
      {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "a message of Outlook or a document of an old Office format"},
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
      const FileType type = detect_file_type(content, hint);
      const std::string name = type.what + (what.ends_with(')') ? " (" + type.media_type + ")" : "");
      EXPECT_EQ(name, what);
    }
}

TEST(Extract, TextThatBeginsLikeASignatureIsText) {
  for (const char* text : {"BM is short for bitmap", "GIF89a is a version", "BZh starts a bzip2 file",
                           "ID3 tags", "PK is a name", "MM and II"})
    EXPECT_EQ(refusal(text, {"a.txt", "", ""}), "");
  EXPECT_EQ(refusal("a\0b and more text"s, {"a.txt", "", ""}), "") << "NUL is a character of UTF-8";
}

TEST(Extract, RefusalsNameTheTypeAndSayWhatToDo) {
  const std::string only = ", which is not read; ";
  EXPECT_EQ(refusal("\x89PNG\r\n", {"scan.png", "image/png", ""}),
            "cannot read scan.png: it is a PNG image (image/png)" + only +
                "to read its text, turn on OCR (RAPPEL_OCR=true)");
  EXPECT_EQ(refusal("words", {"notes", "", ""}), "cannot read notes: it is a file of unknown type" + only +
                                                     "give it a name ending in .txt or .md if it is text");
  EXPECT_EQ(refusal("words", {"", "image/x", ""}), "cannot read the file: it is declared as image/x" + only +
                                                       "declare it as text/plain if it is text");
}

TEST(FileType, TextKindsByNameDeclaredTypeAndContent) {
  const auto type = [](std::string_view content, const FileHint& hint) {
    return detect_file_type(content, hint).media_type;
  };
  const std::string html = "\n<!-- x --><!DOCTYPE HTML><p>x", mail = "From: a@b\r\nSubject: x\r\n\r\ntext";
  EXPECT_EQ(type("a,b", {"a.CSV", "application/vnd.ms-excel", ""}), "text/csv");
  EXPECT_EQ(type("x = 1", {"a.py", "text/plain", ""}), "text/x-source");
  EXPECT_EQ(type("text", {"a.md", "text/plain", ""}), "text/markdown");
  EXPECT_EQ(type("\xFF\xFEi\0,\0"s, {"a.csv", "", ""}), "text/csv");
  EXPECT_EQ(type(html, {"a.txt", "", ""}), "text/html");
  EXPECT_EQ(type(html, {"a.md", "", ""}), "text/markdown");
  EXPECT_EQ(type(html, {"a", "", ""}), "text/html");
  EXPECT_EQ(type(mail, {"a.txt", "", ""}), "text/plain");
  EXPECT_EQ(type(mail, {"a", "application/octet-stream", ""}), "message/rfc822");
  EXPECT_EQ(type("From a@b Mon May 6\n" + mail, {"", "", ""}), "application/mbox");
  EXPECT_EQ(type("<?xml version=\"1.0\"?><a/>", {"a", "", ""}), "application/xml");
  EXPECT_EQ(type(" { \"a\": 1}", {"a", "", ""}), "application/json");
  EXPECT_EQ(type("Note: no mail\nTo do: more", {"a", "", ""}), "");
  EXPECT_EQ(type("From ", {"a", "", ""}), "");
}

// Each format is recognized by each of the ways that its entry names.
TEST(FileFormats, AreRecognizedByExtensionDeclaredTypeAndMember) {
  for (const FileFormat& format : file_formats()) {
    const std::string what(format.what);
    const bool is_package = !format.member.empty();
    if (!format.extensions.empty()) {
      const std::string first(format.extensions.substr(0, format.extensions.find(' ')));
      const std::string last(format.extensions.substr(format.extensions.rfind(' ') + 1));
      for (const std::string& extension : {first, last})
        EXPECT_EQ(detect_file_type("words", {"a" + extension, "", ""}).what, what) << extension;
    }
    EXPECT_EQ(detect_file_type("words", {"", std::string(format.media_type), ""}).what, what);
    if (!format.also_declared.empty()) {
      EXPECT_EQ(detect_file_type("words", {"", std::string(format.also_declared), ""}).what, what);
    }
    if (is_package) {
      const std::string member = "PK\x03\x04 " + std::string(format.member);
      EXPECT_EQ(detect_file_type(member, {"a.txt", "", ""}).media_type, format.media_type);
    }
    EXPECT_TRUE(format.read != ReadBy::kNothing || !format.advice.empty())
        << what << " is not read and has no advice";
  }
}

TEST(FileFormats, FolderNamesCountWhereANameBegins) {
  EXPECT_EQ(detect_file_type("PK\x03\x04password/a"s, {"a.zip", "", ""}).media_type, "application/zip");
  EXPECT_EQ(detect_file_type("PK\x03\x04\0\0word/a"s, {"a.zip", "", ""}).what, "a DOCX document");
}

TEST(Extract, WarnsOfWhatMayNotBeText) {
  const auto warnings = [](const std::string& content, const FileHint& hint) {
    const auto document = extract(content, hint);
    return document.ok() ? (*document).warnings : std::vector<std::string>{"refused"};
  };
  EXPECT_EQ(warnings("a\0b"s, {"a.txt", "", ""}),
            std::vector<std::string>{"it contains 1 NUL character, so it may not be text"});
  EXPECT_EQ(warnings("h\xC3\xA9", {"a.txt", "", "iso-8859-1"}),
            std::vector<std::string>{"its declared charset is iso-8859-1, but it was read as UTF-8"});
  EXPECT_EQ(warnings("ascii", {"a.txt", "", "iso-8859-1"}), std::vector<std::string>());
}

TEST(Extract, CanBeCancelled) {
  std::stop_source stop;
  EXPECT_TRUE(extract("text", {"a.txt", "", ""}, {stop.get_token()}).ok());
  stop.request_stop();
  EXPECT_EQ(extract("text", {"a.txt", "", ""}, {stop.get_token()}).status().code(), Code::kCancelled);
  EXPECT_EQ(extract("\x89PNG\r\n", {"a.png", "", ""}, {stop.get_token()}).status().code(),
            Code::kUnsupported);
}

// The program that the build puts beside rappel.
TEST(Extract, OtherEncodingsAndFormatsAreReadInTheirOwnProgram) {
  const auto latin = extract("caf\xE9 au lait", {"l.txt", "text/plain", "iso-8859-1"});
  ASSERT_TRUE(latin.ok()) << latin.status().to_string();
  EXPECT_EQ(latin->text, "caf\u00e9 au lait");
  EXPECT_EQ(latin->media_type, "text/plain");
  const auto page =
      extract("<html><head><title>T</title></head><body><p>One.</p></body></html>", {"a.html", "", ""});
  ASSERT_TRUE(page.ok()) << page.status().to_string();
  EXPECT_EQ(page->text, "One.");
  Metadata metadata;
  add_properties(page->properties, metadata);
  EXPECT_EQ(metadata.custom, (CustomMetadata{{"title", std::string("T")}}));
}

TEST(Properties, SenderIsTheAuthorAndTheFirstDateCounts) {
  using Properties = std::vector<std::pair<std::string, std::string>>;
  Metadata metadata;
  add_properties({{"from", "Ann"}, {"to", "Bo"}, {"author", "Carl"}}, metadata);
  EXPECT_EQ(metadata.author, "Ann");
  EXPECT_EQ(date_of({{"modified_at", "2024-01-02"}, {"created_at", "2023-01-02"}})->text, "2023-01-02");
  EXPECT_EQ(date_of({{"created_at", "soon"}, {"modified_at", "2024-01-02"}})->text, "2024-01-02");
  EXPECT_EQ(date_of(Properties{{"date", "2024-01-02"}}), std::nullopt);
}

// Its text, the attached table and the content of the table are counted on the way.
std::string mail_with_table() {
  std::string csv = "name,value\n";
  for (int i = 0; i < 10'000; ++i) csv += "row " + std::to_string(i) + ",1\n";
  return "From: a@example.org\nSubject: Table\nMIME-Version: 1.0\n"
         "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\n\nA note.\n"
         "--x\nContent-Type: text/csv\nContent-Disposition: attachment; filename=table.csv\n\n" +
         csv + "--x--\n";
}

TEST(Extract, CountsTheTextInTheEnd) {
  ByteBudget budget(std::size_t{64} << 20);
  ByteHold memory(&budget, "a");
  ASSERT_EQ(memory.take(1000), ByteHold::Room::kTaken);
  const auto document = extract(mail_with_table(), {"a.eml", "", ""}, {.memory = &memory});
  ASSERT_TRUE(document.ok()) << document.status().to_string();
  EXPECT_NE(document->text.find("row 9999"), std::string::npos);
  EXPECT_EQ(memory.bytes(), 1000 + document->text.capacity() + document->outline.memory());
}

// One member of a tar archive.
std::string tar_member(const std::string& name, const std::string& bytes) {
  std::string head(512, '\0');
  head.replace(0, name.size(), name);
  head.replace(100, 7, "0000644");
  std::string size(11, '0');
  std::size_t left = bytes.size();
  for (std::size_t i = size.size(); left > 0; left /= 8) size[--i] = static_cast<char>('0' + left % 8);
  head.replace(124, size.size(), size);
  head.replace(148, 8, "        ");  // the checksum counts as blanks
  head[156] = '0';
  head.replace(257, 8, "ustar\00000", 8);
  unsigned sum = 0;
  for (const char c : head) sum += static_cast<unsigned char>(c);
  for (std::size_t i = 154; i > 148; sum /= 8) head[--i] = static_cast<char>('0' + sum % 8);
  head[154] = '\0';
  return head + bytes + std::string((512 - bytes.size() % 512) % 512, '\0');
}

std::string lines_of(std::size_t bytes, const std::string& line) {
  std::string text;
  while (text.size() < bytes) text += line;
  return text;
}

// In the proportion of 56 MB of text to the 128 MB that one caller of a server gets.
TEST(Extract, ArchiveOfTextTakesLittleMoreThanTwiceItsText) {
  constexpr std::size_t kText = 14'000'000, kMemory = std::size_t{32} << 20;
  std::string texts, tables;
  for (int i = 0; i < 14; ++i) {
    texts += tar_member("t" + std::to_string(i) + ".txt", lines_of(kText / 14, "some words of text\n"));
    tables += tar_member("t" + std::to_string(i) + ".csv", lines_of(kText / 14, "a,b\n"));
  }
  const std::string archives[] = {texts, tables, tar_member("one.txt", lines_of(kText, "words\n")),
                                  tar_member("one.csv", lines_of(kText, "1,two,three\n"))};
  for (const std::string& archive : archives) {
    ByteBudget budget(2 * kMemory);
    ByteHold memory(&budget, "a", kMemory);
    const auto document = extract(archive + std::string(1024, '\0'), {"a.tar", "", ""}, {.memory = &memory});
    ASSERT_TRUE(document.ok()) << document.status().to_string();
    EXPECT_TRUE(document->warnings.empty()) << document->warnings.front();
    EXPECT_GT(document->text.size(), kText - 100);
    EXPECT_EQ(memory.bytes(), document->text.capacity() + document->outline.memory());
  }
}

// Its process maps it, from any byte on.
TEST(Extract, MappedFileIsReadFromItsPlace) {
  const TempDir dir;
  const std::string table = lines_of(1'000'000, "otter,1\n");
  std::ofstream(dir.path() / "form") << "some bytes of a form" << table << "badger,2\n";
  const auto mapped = MappedFile::open(dir.path() / "form");
  ASSERT_TRUE(mapped.ok());
  const auto bytes = (*mapped)->bytes();
  const std::string_view whole(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::size_t passed = 0;
  const auto document =
      extract(whole.substr(20, table.size()), {"a.csv", "", ""},
              {.file = mapped->get(), .passed = [&](std::string_view part) { passed += part.size(); }});
  ASSERT_TRUE(document.ok()) << document.status().to_string();
  EXPECT_EQ(document->text.substr(0, 15), "otter\t1\notter\t1");
  EXPECT_EQ(document->text.size(), table.size() - 1);
  EXPECT_EQ(passed, table.size());
}

TEST(Extract, LackOfMemoryFailsTheFile) {
  const std::string file = mail_with_table();
  ByteBudget budget(500'000);
  ByteHold other(&budget, "b"), small(&budget, "a"), limited(nullptr, "", 100'000);
  ASSERT_EQ(other.take(250'000), ByteHold::Room::kTaken);
  const Status now = extract(file, {"a.eml", "", ""}, {.memory = &small}).status();
  EXPECT_EQ(now.code(), Code::kResourceExhausted);
  EXPECT_GT(now.retry_after(), 0);
  EXPECT_EQ(small.bytes(), 0u) << "all is given back";
  const Status never = extract(file, {"a.eml", "", ""}, {.memory = &limited}).status();
  EXPECT_EQ(never.id(), "file-too-large");
  EXPECT_EQ(never.retry_after(), 0);
  EXPECT_EQ(limited.bytes(), 0u);
  EXPECT_FALSE(extract(std::string(200'000, 'a'), {"a.txt", "", ""}, {.memory = &limited}).ok());
}

TEST(Extract, MissingProgramIsNamed) {
  const char* given = std::getenv("RAPPEL_EXTRACT");
  const std::string before = given == nullptr ? "" : given;
  ::setenv("RAPPEL_EXTRACT", "/nowhere/rappel-extract", 1);
  const auto page = extract("<html></html>", {"a.html", "", ""});
  ::setenv("RAPPEL_EXTRACT", before.c_str(), 1);
  EXPECT_EQ(page.status().code(), Code::kFailedPrecondition);
  EXPECT_NE(page.status().message().find("install it beside rappel"), std::string::npos);
}

}  // namespace
}  // namespace rappel
