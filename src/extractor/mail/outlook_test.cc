#include "extractor/mail/outlook.h"

#include <gtest/gtest.h>

#include <random>

#include "extractor/mail/compressed_rtf.h"
#include "extractor/mail/ole.h"
#include "extractor/office/test_compound_file.h"
#include "extractor/test_blocks.h"
#include "testing/byte_files.h"

namespace rappel::extractor {
namespace {

using Streams = std::vector<std::pair<std::string, std::string>>;

std::string wide(const std::string& text) {
  std::string out;
  for (const char c : text) out += {c, '\0'};
  return out;
}

std::string number(int id, int type, std::uint64_t value) {
  return little(static_cast<std::uint64_t>(type), 2) + little(static_cast<std::uint64_t>(id), 2) +
         little(6, 4) + little(value, 8);
}

// 2024-05-06T07:08:09Z in units of 100 ns since 1601.
constexpr std::uint64_t kTime = 133'594'528'890'000'000;

Streams message() {
  return {
      {"__properties_version1.0",
       std::string(32, '\0') + number(0x39, 0x40, kTime) + number(0x3FFD, 3, 1252)},
      {"__substg1.0_0037001F", wide("Otters")},
      {"__substg1.0_0C1A001F", wide("Ada")},
      {"__substg1.0_0C1F001F", wide("ada@example.org")},
      {"__recip_version1.0_#00000000/__properties_version1.0", std::string(8, '\0') + number(0xC15, 3, 1)},
      {"__recip_version1.0_#00000000/__substg1.0_3001001F", wide("Bob")},
      {"__recip_version1.0_#00000000/__substg1.0_39FE001F", wide("bob@example.org")},
      {"__recip_version1.0_#00000001/__properties_version1.0", std::string(8, '\0') + number(0xC15, 3, 2)},
      {"__recip_version1.0_#00000001/__substg1.0_3001001F", wide("Eve")}};
}

std::string read(const std::string& file, CollectedContent& content) {
  const Status status = read_ole({file}, content);
  return blocks_of(content) + (status.ok() ? "" : status.to_string());
}
std::string read(const std::string& file) {
  CollectedContent content;
  return read(file, content);
}

constexpr char kHead[] = "h1:Otters\np:From: Ada <ada@example.org>/To: Bob <bob@example.org>/Cc: Eve/Date: ";

TEST(Outlook, HeadBodyAndAttachment) {
  Streams streams = message();
  streams.emplace_back("__substg1.0_1000001E", "Caf\xE9\r\n\r\nSecond.\r\n");
  streams.emplace_back("__attach_version1.0_#00000000/__substg1.0_3707001F", wide("table.csv"));
  streams.emplace_back("__attach_version1.0_#00000000/__substg1.0_37010102", "a,b\n1,2\n");
  CollectedContent content;
  const std::string text = read(test_compound_file(streams), content);
  EXPECT_TRUE(text.starts_with(std::string(kHead) + "2024-05-06T07:08:09Z\n")) << text;
  EXPECT_TRUE(text.ends_with("p:Caf\xC3\xA9\np:Second.\n")) << text;
  ASSERT_EQ(content.attachments.size(), 1U);
  EXPECT_EQ(content.attachments[0].name, "table.csv");
  EXPECT_EQ(content.attachments[0].bytes, "a,b\n1,2\n");
  EXPECT_EQ(content.attachments[0].author, "Ada <ada@example.org>");
  EXPECT_EQ(content.attachments[0].created_at, "2024-05-06T07:08:09Z");
  EXPECT_EQ(content.properties[0], (std::pair<std::string, std::string>("title", "Otters")));
}

TEST(Outlook, HtmlBodyWhereThereIsNoPlainText) {
  Streams streams = message();
  streams.emplace_back("__substg1.0_10130102", "<p>Warm <b>fur</b></p><script>x()</script>");
  EXPECT_TRUE(read(test_compound_file(streams)).ends_with("p:Warm fur\n"));
}

const std::string kCompressed(
    "\x2d\x00\x00\x00\x2b\x00\x00\x00\x4c\x5a\x46\x75\xf1\xc5\xc7\xa7\x03\x00\x0a\x00\x72\x63\x70\x67\x31\x32"
    "\x35"
    "\x42\x32\x0a\xf3\x20\x68\x65\x6c\x09\x00\x20\x62\x77\x05\xb0\x6c\x64\x7d\x0a\x80\x0f\xa0",
    49);

TEST(Outlook, RtfBodyWhereThereIsNoOther) {
  EXPECT_EQ(uncompressed_rtf(kCompressed, 1000), "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
  EXPECT_EQ(uncompressed_rtf(kCompressed.substr(0, 20), 1000), "{\\rtf1\\ansi\\");
  EXPECT_EQ(uncompressed_rtf("no compressed rtf", 1000), "");
  Streams streams = message();
  streams.emplace_back("__substg1.0_10090102", kCompressed);
  EXPECT_TRUE(read(test_compound_file(streams)).ends_with("p:hello world\n"));
}

TEST(Outlook, MessageInTheMessage) {
  Streams streams = message();
  const std::string inner = "__attach_version1.0_#00000000/__substg1.0_3701000D/";
  streams.emplace_back(inner + "__substg1.0_001A001F", wide("IPM.Note"));
  streams.emplace_back(inner + "__substg1.0_0037001F", wide("Inner"));
  streams.emplace_back(inner + "__substg1.0_1000001F", wide("Below."));
  CollectedContent content;
  EXPECT_TRUE(read(test_compound_file(streams), content).ends_with("h1:Inner\np:Below.\n"));
  EXPECT_EQ(content.parts.size(), 2U);
}

TEST(Outlook, DamagedFilesEnd) {
  Streams streams = message();
  streams.emplace_back("__substg1.0_1000001F", wide(std::string(2000, 'x')));
  const std::string file = test_compound_file(streams);
  std::mt19937 random(7);
  for (int round = 0; round < 500; ++round) {
    std::string damaged = file.substr(0, round % 3 == 0 ? random() % file.size() : file.size());
    for (int i = 0; i < 8 && damaged.size() > 8; ++i)
      damaged[8 + random() % (damaged.size() - 8)] = static_cast<char>(random());
    (void)read(damaged);
  }
}

TEST(Ole, OldFormatsAreNamed) {
  EXPECT_NE(read(test_compound_file({{"WordDocument", "x"}})).find("an old Word document (.doc)"),
            std::string::npos);
  EXPECT_NE(read(test_compound_file({{"Workbook", "x"}})).find("an old Excel workbook (.xls)"),
            std::string::npos);
  EXPECT_NE(read(test_compound_file({{"PowerPoint Document", "x"}})).find("(.ppt)"), std::string::npos);
  EXPECT_NE(read(test_compound_file({{"EncryptedPackage", "x"}})).find("password protected"),
            std::string::npos);
  EXPECT_NE(read("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 cut").find("damaged"), std::string::npos);
}

}  // namespace
}  // namespace rappel::extractor
