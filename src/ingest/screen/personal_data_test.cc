#include "ingest/screen/personal_data.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>

namespace rappel {
namespace {

std::string redacted(std::string text) {
  redact(find_personal_data(text), text);
  return text;
}

std::string summary(const std::string& text) { return summary_of(find_personal_data(text)); }

TEST(PersonalData, FindsEmailAddresses) {
  EXPECT_EQ(redacted("Write to <ann.lee+x@mail.example.org>."), "Write to <**************************>.");
  EXPECT_EQ(summary("a@b.co, b@b.co"), "2 e-mail addresses");
  for (const char* none : {"@ann", "a@b", "x @ y.com", "a@b.c1", "user@", "v1@2.3", "@a@"})
    EXPECT_EQ(summary(none), "") << none;
}

TEST(PersonalData, FindsPhoneNumbers) {
  for (const char* text : {"+49 30 123456-78", "+1 (555) 123-4567", "Tel.: 030/1234567", "phone 555-123-4567",
                           "Fax: (030) 123 456"})
    EXPECT_EQ(summary(text), "1 phone number") << text;
  for (const char* none : {"+12", "1 + 23456789", "tel 12", "telling 123456", "2024-05-06", "x+49301234567",
                           "+123456789012345678"})
    EXPECT_EQ(summary(none), "") << none;
}

TEST(PersonalData, ChecksIbans) {
  EXPECT_EQ(summary("DE89370400440532013000"), "1 IBAN");
  EXPECT_EQ(redacted("IBAN: GB82 WEST 1234 5698 7654 32, please"),
            "IBAN: ***************************, please");
  EXPECT_EQ(summary("DE89370400440532013001"), "") << "wrong check digits";
  EXPECT_EQ(summary("XDE89370400440532013000"), "");
}

TEST(PersonalData, ChecksCardNumbers) {
  for (const char* text :
       {"4111 1111 1111 1111", "4111111111111111", "5500-0000-0000-0004", "378282246310005"})
    EXPECT_EQ(summary(text), "1 card number") << text;
  for (const char* none :
       {"4111 1111 1111 1112", "1234567890123", "0000 0000 0000 0000", "41111111111111110000000"})
    EXPECT_EQ(summary(none), "") << none;
}

TEST(PersonalData, FindsSecrets) {
  EXPECT_EQ(summary("key AKIAIOSFODNN7EXAMPLE"), "1 secret");
  EXPECT_EQ(redacted("password: hunter22!"), "password: *********");
  EXPECT_EQ(redacted("API_KEY=\"abcdef123\""), "API_KEY=\"*********\"");
  EXPECT_EQ(summary("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nrest"),
            "1 secret");
  for (const char* none :
       {"the password is long", "password:", "pwd = x", "sk-short", "-----BEGIN CERTIFICATE-----"})
    EXPECT_EQ(summary(none), "") << none;
}

TEST(PersonalData, RedactedTextHasTheSameLengthAndNothingLeft) {
  std::mt19937 random(7);
  const char* pieces[] = {"a@b.co",
                          "+49 30 1234567",
                          "DE89370400440532013000",
                          "4111111111111111",
                          "\xC3\xA9",
                          " ",
                          "\n",
                          ".",
                          "x",
                          "password: abcdef99",
                          "-----BEGIN PRIVATE KEY-----",
                          "@",
                          "+",
                          "12"};
  for (int i = 0; i < 3000; ++i) {
    std::string text;
    for (std::size_t n = random() % 12; n > 0; --n) text += pieces[random() % std::size(pieces)];
    const std::string hidden = redacted(text);
    EXPECT_EQ(hidden.size(), text.size());
    std::size_t end = 0;
    for (const PersonalData& one : find_personal_data(text)) {
      EXPECT_LE(end, one.begin);
      EXPECT_LT(one.begin, one.end);
      end = one.end;
      for (std::size_t k = one.begin; k < one.end; ++k) EXPECT_LT(static_cast<unsigned char>(text[k]), 0x80);
    }
    EXPECT_LE(end, text.size());
  }
}

TEST(PersonalData, HostileTextsTakeLinearTime) {
  for (const char* piece :
       {"@", "a", "1", "+", "1-", "A", "AB12", "password:", "-----BEGIN ", "tel ", "a@a.", "sk-"}) {
    std::string text;
    while (text.size() < 1'000'000) text += piece;
    const auto begin = std::chrono::steady_clock::now();
    (void)find_personal_data(text);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20)) << piece;
  }
}

}  // namespace
}  // namespace rappel
