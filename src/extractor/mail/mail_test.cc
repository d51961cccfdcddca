#include "extractor/mail/mail.h"

#include <gtest/gtest.h>

#include <string>

#include "extractor/mail/mail_header.h"
#include "ingest/content/collected.h"
#include "ingest/content/outlined_text.h"

namespace rappel::extractor {
namespace {

std::string shown(const CollectedContent& content) {
  std::string out = text_of(content) + "\n";
  for (const Attachment& attachment : content.attachments)
    out += "[" + attachment.name + " " + attachment.media_type + " " + attachment.bytes + "]\n";
  for (const std::string& warning : content.warnings) out += "warning:" + warning + "\n";
  return out;
}

std::string read(ReadFunction reader, std::string_view bytes) {
  CollectedContent content;
  const Status status = reader({bytes}, content);
  return shown(content) + (status.ok() ? "" : status.to_string());
}

const std::string kHead = "From: Ada <a@b>\r\nTo: c@d\r\nSubject: =?utf-8?q?Caf=C3=A9?=\r\n";

TEST(MailHeader, EncodedWords) {
  EXPECT_EQ(decode_header("=?utf-8?b?Wm/Dqywgw5xuw68=?=\r\n <z@e>"), "Zo\xC3\xAB, \xC3\x9Cn\xC3\xAF <z@e>");
  EXPECT_EQ(decode_header("a =?iso-8859-1?Q?=E9_x?= =?ISO-8859-1?q?y?= b"), "a \xC3\xA9 xy b");
  EXPECT_EQ(decode_header("=?utf-8?q?=C3?= =?utf-8?q?=A9?="), "\xC3\xA9");
  EXPECT_EQ(decode_header("=?x?y =?utf-8?z?a?="), "=?x?y =?utf-8?z?a?=");
}

TEST(MailHeader, Parameters) {
  EXPECT_EQ(header_parameter("attachment; filename=\"a;\\\"b.txt\"; size=3", "filename"), "a;\"b.txt");
  EXPECT_EQ(header_parameter("attachment;\r\n filename*=utf-8''anh%C3%A4ng.txt", "filename"),
            "anh\xC3\xA4ng.txt");
  EXPECT_EQ(header_parameter("x; name*1=b.txt; name*0*=iso-8859-1'de'%E4", "name"),
            "\xC3\xA4"
            "b.txt");
  EXPECT_EQ(header_parameter("x; filename==?utf-8?q?=C3=A9?=", "filename"), "\xC3\xA9");
  EXPECT_EQ(header_parameter("x; names=1", "name"), "");
  EXPECT_EQ(header_value(" Attachment ; x=y"), "attachment");
}

TEST(Mail, HeadersAndTextInTheDeclaredCharset) {
  CollectedContent content;
  ASSERT_TRUE(
      read_mail(
          {kHead + "Date: Mon, 06 May 2024 07:08:09 +0200\r\nContent-Type: text/plain; charset=koi8-r\r\n"
                   "Content-Transfer-Encoding: base64\r\n\r\n8NLJ18XU"},
          content)
          .ok());
  EXPECT_EQ(shown(content),
            "Caf\xC3\xA9\nFrom: Ada <a@b>\nTo: c@d\nDate: Mon, 06 May 2024 07:08:09 +0200\n"
            "\xD0\x9F\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82\n");
  EXPECT_NE(
      json_of(content, outlined_text_of(content), "eml").find(R"("created_at":"2024-05-06T07:08:09+02:00")"),
      std::string::npos);
}

TEST(Mail, OneAlternativeAndAttachments) {
  const std::string mixed =
      kHead +
      "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n"
      "--m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n"
      "--a\r\nContent-Type: text/plain\r\n\r\nPLAIN\r\n"
      "--a\r\nContent-Type: text/html\r\n\r\n<p>html\r\n--a--\r\n"
      "--m\r\nContent-Type: image/png\r\n\r\nxx\r\n"
      "--m\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\npdf\r\n"
      "--m\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ntext\r\n--m--\r\n";
  const std::string head = "Caf\xC3\xA9\nFrom: Ada <a@b>\nTo: c@d\n";
  EXPECT_EQ(read(read_mail, mixed), head +
                                        "PLAIN\n[a.pdf application/pdf pdf]\n"
                                        "[message.eml message/rfc822 Subject: inner\n\ntext]\n");
  std::string html = mixed;
  html.replace(html.find("PLAIN"), 5, "  ");
  EXPECT_EQ(read(read_mail, html).substr(0, head.size() + 5), head + "html\n");
}

TEST(Mail, MailboxHasMessages) {
  CollectedContent content;
  ASSERT_TRUE(read_mailbox({"From a@b Mon May 6 2024\nSubject: one\n\n>From here\ntext\n\n"
                            "From a@b Mon May 6 2024\nSubject: two\n\nmore\n"},
                           content)
                  .ok());
  EXPECT_EQ(text_of(content), "one\nFrom here\ntext\ntwo\nmore");
  EXPECT_EQ(content.parts.size(), 2u);
}

TEST(Mail, DamageAndDepthAreSurvived) {
  std::string deep = kHead;
  for (int i = 0; i < 3000; ++i) {
    const std::string boundary = "b" + std::to_string(i);
    deep += "Content-Type: multipart/mixed; boundary=" + boundary + "\n\n--" + boundary + "\n";
  }
  EXPECT_EQ(read(read_mail, deep), "Caf\xC3\xA9\nFrom: Ada <a@b>\nTo: c@d\n");
  std::string groups = "Subject: x\nTo: ";
  for (int i = 0; i < 1'000'000; ++i) groups += "a:";
  EXPECT_EQ(
      read(read_mail, groups + "\n b\nCc: c@d\n\ntext"),
      "x\nCc: c@d\ntext\nwarning:the mail has too many headers, receivers or parts; some are left out\n");
  EXPECT_NE(read(read_mail, "").find("it is no mail"), std::string::npos);
  EXPECT_NE(read(read_mailbox, "no mails").find("no mails in it"), std::string::npos);
}

// A mailbox is read in pieces of some mails: none is lost or cut at their borders.
TEST(Mailbox, LargeOneIsReadMailByMail) {
  std::string mailbox, expected;
  for (int i = 0; i < 400; ++i) {
    const std::string name = "mail" + std::to_string(i);
    mailbox += "From a@b Mon May 6 2024\r\nSubject: " + name + "\r\n\r\n>From the text of " + name + "\r\n";
    // Lines that are no borders, and some that lie at the border of a piece.
    for (int line = 0; line < 100 + i % 7; ++line)
      mailbox += "a line that is long enough to fill a piece, and says From in it\r\n";
    mailbox += "\r\n";
  }
  ASSERT_GT(mailbox.size(), std::size_t{2} << 20);
  CollectedContent content;
  ASSERT_TRUE(read_mailbox({mailbox}, content).ok());
  const std::string text = text_of(content);
  std::size_t at = 0;
  for (int i = 0; i < 400; ++i) {
    const std::string name = "mail" + std::to_string(i);
    at = text.find(name + "\nFrom the text of " + name + "\n", at);
    ASSERT_NE(at, std::string::npos) << name;
  }
  EXPECT_EQ(text.find("a@b"), std::string::npos);
}

}  // namespace
}  // namespace rappel::extractor
