#include "retrieve/file_recognition.h"

#include <gtest/gtest.h>

#include <memory>

#include "retrieve/test_ingest_run.h"

namespace rappel {
namespace {

using Kind = FileReading::Kind;

// A mail with two attachments, as a run left it.
class MailRecognitionTest : public IngestRunTest {
 protected:
  MailRecognitionTest() { settings_.attachments = Attachments::kDocument; }

  void store(const std::string& id, const std::string& path, const std::string& content) {
    DocumentInput input = document(id, "a text that is long enough");
    input.origin = std::make_shared<FileOrigin>(FileOrigin{path, id, content, ""});
    ASSERT_TRUE(retrieval_.upsert({input}).ok());
  }
  void store_mail(std::size_t attached) { store("mail", "/f/m.eml", marks().mail_content("hash", attached)); }
  OriginMarks marks() const { return OriginMarks(settings_); }
  std::optional<FileReading> recognize(const std::string& hash = "hash", const std::string& settings = "") {
    const OriginMarks all = marks();
    const FileRecognition recognition(retrieval_, settings_, all);
    auto known = recognition.mail({.name = "x/m.eml", .path = "/f/m.eml", .settings = settings}, hash);
    EXPECT_TRUE(known.ok());
    return std::move(*known);
  }
};

TEST_F(MailRecognitionTest, MailIsUnchangedOnceAllItsAttachmentsAreStored) {
  EXPECT_FALSE(recognize());
  store_mail(2);
  EXPECT_FALSE(recognize()) << "the run ended before its attachments were stored";
  store("a", "/f/m.eml!/a.pdf", "a");
  EXPECT_FALSE(recognize());
  store("c", "/f/m.eml!/b.eml!/c.pdf", "c");
  const auto known = recognize();
  ASSERT_TRUE(known);
  EXPECT_EQ(known->kind, Kind::kUnchanged);
  EXPECT_EQ(known->document.id, "mail");
  ASSERT_EQ(known->inner.size(), 2u);
  EXPECT_EQ(known->inner[0].name, "x/m.eml/a.pdf");
  EXPECT_EQ(known->inner[1].name, "x/m.eml/b.eml/c.pdf");
  EXPECT_EQ(known->inner[1].document.id, "c");
  EXPECT_EQ(known->inner[1].kind, Kind::kUnchanged);
  EXPECT_EQ(known->inner[1].path, "/f/m.eml!/b.eml!/c.pdf");
}

TEST_F(MailRecognitionTest, OtherContentOrSettingsAreReadAgain) {
  store_mail(0);
  EXPECT_TRUE(recognize());
  EXPECT_FALSE(recognize("other"));
  EXPECT_FALSE(recognize("hash", "other metadata"));
  settings_.attachments = Attachments::kSkip;
  EXPECT_FALSE(recognize());
  settings_.attachments = Attachments::kDocument;
  settings_.force = true;
  EXPECT_FALSE(recognize());
}

FileReading reading(Kind kind, const std::string& text = "") {
  FileReading made{.kind = kind};
  made.document.text = text;
  return made;
}

TEST(ExpectedDocuments, CountsWhatWillBeStored) {
  FileReading failed = reading(Kind::kFailed), other_type = reading(Kind::kFailed);
  failed.failure = Status(Code::kUnavailable, "it was slow");
  other_type.failure = Status(Code::kUnsupported, "it is an image");
  std::vector<FileReading> files = {reading(Kind::kDocument, "  abcdef \n"),
                                    reading(Kind::kDocument, "  \u00e4bcde \n"),
                                    reading(Kind::kDocument, " \n"),
                                    reading(Kind::kUnchanged),
                                    reading(Kind::kScreened, "a text with personal data"),
                                    failed,
                                    other_type};
  EXPECT_EQ(expected_documents(files, 5), 3u) << "a failed one is tried again";
  files.back().inner = {reading(Kind::kUnchanged)};
  EXPECT_EQ(expected_documents(files, 5), 4u);
}

}  // namespace
}  // namespace rappel
