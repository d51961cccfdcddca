#include "ingest/source/inner_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "testing/temp_dir.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

OuterKind kind(std::string_view bytes, const char* name) { return outer_kind(bytes, {name, "", ""}); }

TEST(OuterKind, ArchivesAreWhatIsNothingButFiles) {
  EXPECT_EQ(kind("PK\x03\x04", "files.zip"), OuterKind::kArchive);
  EXPECT_EQ(kind("\x1F\x8B", "notes.txt.gz"), OuterKind::kArchive);
  EXPECT_EQ(kind("7z\xBC\xAF\x27\x1C", "a.7z"), OuterKind::kArchive);
  EXPECT_EQ(kind("PK\x03\x04 word/document.xml", "report.docx"), OuterKind::kNone) << "a document";
  EXPECT_EQ(kind("Rar!\x1A\x07", "a.rar"), OuterKind::kNone) << "not read";
  EXPECT_EQ(kind("a text", "a.txt"), OuterKind::kNone);
}

TEST(OuterKind, MailsMayBeMessagesOfOutlook) {
  EXPECT_EQ(kind("From: ann@example.org\r\nSubject: x\r\n\r\ntext", "a.eml"), OuterKind::kMail);
  EXPECT_EQ(kind("From ann@example.org Mon Jan 1 2024\nSubject: x\n\ntext", "all.mbox"), OuterKind::kMail);
  std::string compound = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
  EXPECT_EQ(kind(compound, "a.doc"), OuterKind::kNone) << "a document of an old Office format";
  for (const char c : std::string("__properties_version1.0")) (compound += c) += '\0';
  EXPECT_EQ(kind(compound, "a.msg"), OuterKind::kMail);
}

TEST(ReadOuter, ArchiveThatIsCutMeanwhileIsRefused) {
  const TempDir dir;
  const fs::path path = dir.path() / "a.zip";
  std::ofstream(path, std::ios::binary) << "PK\x03\x04" << std::string(std::size_t{2} << 20, 'x');
  const auto bytes = read_found({.path = path, .name = "a.zip", .bytes = fs::file_size(path)}, 1 << 30);
  ASSERT_TRUE(bytes.ok());
  fs::resize_file(path, 0);
  const auto outer = read_outer(*bytes, {"a.zip", "", ""}, {});
  EXPECT_EQ(outer.status().code(), Code::kUnavailable);
  EXPECT_NE(outer.status().message().find("another program cut it meanwhile"), std::string::npos);
}

TEST(ReadOuter, MailComesWithoutTheTextOfItsAttachments) {
  const std::string mail =
      "From: Ann <ann@example.org>\r\nSubject: The offer\r\nDate: Fri, 1 Mar 2024 10:00:00 +0000\r\n"
      "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
      "--b\r\nContent-Type: text/plain\r\n\r\nText before it.\r\n"
      "--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nText in "
      "it.\r\n"
      "--b\r\nContent-Type: text/plain\r\n\r\nText after it.\r\n--b--\r\n";
  const auto outer = read_outer(FileBytes(mail), {"a.eml", "", ""}, {});
  ASSERT_TRUE(outer.ok()) << outer.status().to_string();
  EXPECT_NE(outer->document.text.find("Text before it.\nText after it."), std::string::npos)
      << outer->document.text;
  EXPECT_EQ(outer->document.text.find("Text in it."), std::string::npos);
  ASSERT_EQ(outer->files.size(), 1u);
  EXPECT_EQ(outer->files[0].name, "a.txt");
  EXPECT_EQ(outer->files[0].media_type, "text/plain");
  EXPECT_EQ(outer->files[0].author, "Ann <ann@example.org>");
  EXPECT_EQ(outer->files[0].created_at, "2024-03-01T10:00:00+00:00");
}

std::vector<std::string> named(std::vector<std::string> names, const std::vector<std::size_t>& messages) {
  std::vector<Attachment> files;
  for (std::string& name : names) files.push_back({std::move(name), "", ""});
  name_attachments(files, messages);
  names.clear();
  for (const Attachment& file : files) names.push_back(file.name);
  return names;
}

TEST(NameAttachments, NamesAreUnique) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(named({"a.pdf", "a.pdf", "b", "b", "a.pdf"}, {1, 1, 1, 1, 1}),
            (Names{"a.pdf", "a (2).pdf", "b", "b (2)", "a (3).pdf"}));
  EXPECT_EQ(named({"a.pdf", "a.pdf", "a.pdf"}, {1, 2, 2}),
            (Names{"a.pdf", "message 2/a.pdf", "message 2/a (2).pdf"}));
}

TEST(NameAttachments, NamesLeadNowhere) {
  const std::string name = named({"../../etc/x\n\\y.txt"}, {1})[0];
  EXPECT_EQ(name, ".._.._etc_x%0A_y.txt");
  const std::string long_name = named({std::string(300, 'a') + "\u00e4.pdf"}, {1})[0];
  EXPECT_EQ(long_name, std::string(194, 'a') + "\u00e4.pdf");
}

}  // namespace
}  // namespace rappel
