#include "retrieve/file_sources.h"

#include <gtest/gtest.h>

#include "retrieve/test_ingest_run.h"

namespace rappel {
namespace {

using Origins = std::vector<FileOrigin>;

FileOrigin origin(const std::string& name) { return {"/f/" + name, name, "h", ""}; }

Metadata of(const std::string& source_id) {
  Metadata metadata;
  metadata.source_id = source_id;
  metadata.filename = source_id.substr(source_id.rfind('/') + 1);
  return metadata;
}

TEST(SameContent, NeedsTheSameMetadataAndExtension) {
  const FileOrigin a{"/f/a.txt", "a.txt", "h", "s"};
  EXPECT_TRUE(is_same_content(a, {"/g/b.TXT", "b.TXT", "h", "s", 7}));
  EXPECT_FALSE(is_same_content(a, {"/f/a.txt", "a.txt", "i", "s"}));
  EXPECT_FALSE(is_same_content(a, {"/f/a.txt", "a.txt", "h", ""}));
  EXPECT_FALSE(is_same_content(a, {"/f/a.md", "a.md", "h", "s"}));
}

TEST(RenameSources, NamesTheFilesThatAreThere) {
  Metadata metadata = of("sub/a.txt");
  rename_sources(Origins{origin("sub/a.txt")}, Origins{origin("b.txt")}, metadata);
  EXPECT_EQ(metadata, of("b.txt"));
  rename_sources(Origins{origin("b.txt")}, Origins{origin("b.txt"), origin("c.txt")}, metadata);
  EXPECT_EQ(metadata.custom.at("copies"), MetadataValue(std::vector<std::string>{"c.txt"}));
  rename_sources(Origins{origin("b.txt"), origin("c.txt")}, Origins{origin("c.txt")}, metadata);
  EXPECT_EQ(metadata, of("c.txt"));
}

TEST(RenameSources, LeavesWhatTheUserGave) {
  Metadata metadata = of("given");
  metadata.custom["copies"] = std::int64_t{3};
  const Metadata before = metadata;
  rename_sources(Origins{origin("a.txt")}, Origins{origin("b.txt"), origin("c.txt")}, metadata);
  EXPECT_EQ(metadata, before);
}

TEST(RenameSources, ListsABoundedNumberOfCopies) {
  Origins all{origin("0")};
  for (int i = 1; i < 200; ++i) all.push_back(origin(std::to_string(i)));
  Metadata metadata = of("0");
  rename_sources(Origins{all[0]}, all, metadata);
  EXPECT_EQ(std::get<std::vector<std::string>>(metadata.custom.at("copies")).size(), kMostCopies);
  rename_sources(all, Origins{all[0]}, metadata);
  EXPECT_EQ(metadata, of("0"));
}

TEST(RenameSources, LinesOfManifestsNameNothing) {
  Metadata metadata = of("x");
  const Metadata before = metadata;
  const FileOrigin a{"/f/a.jsonl", "", "h", ""}, b{"/f/b.jsonl", "", "h", ""}, c{"/f/c.jsonl", "", "h", ""};
  rename_sources(Origins{a}, Origins{a, b, c}, metadata);
  rename_sources(Origins{a, b, c}, Origins{b, c}, metadata);
  EXPECT_EQ(metadata, before);
  const FileOrigin old{"/f/a.jsonl", "x", "h", ""};  // with the source_id of the line
  rename_sources(Origins{old}, Origins{b}, metadata);
  EXPECT_EQ(metadata, before);
}

FileOrigin attached(const std::string& mail, const std::string& file) {
  return {"/f/" + mail + "!/" + file, mail + "/" + file, "h", ""};
}

TEST(RenameSources, AttachmentFollowsItsMail) {
  const FileOrigin first = attached("a.eml", "report.pdf"),
                   moved = attached("old/b.mbox", "message 2/report.pdf");
  Metadata metadata = of(first.name);
  metadata.custom[kAttachedToKey] = std::string("a.eml");
  rename_sources(Origins{first}, Origins{moved}, metadata);
  EXPECT_EQ(metadata.source_id, moved.name);
  EXPECT_EQ(metadata.filename, "report.pdf");
  EXPECT_EQ(metadata.custom.at(kAttachedToKey), MetadataValue(std::string("old/b.mbox")));
  rename_sources(Origins{moved, origin("report.pdf")}, Origins{origin("report.pdf")}, metadata);
  EXPECT_FALSE(metadata.custom.contains(kAttachedToKey)) << "the file on the disk came with no mail";
  metadata = of(first.name);
  metadata.custom[kAttachedToKey] = std::string("given");
  rename_sources(Origins{first}, Origins{moved}, metadata);
  EXPECT_EQ(metadata.custom.at(kAttachedToKey), MetadataValue(std::string("given")));
}

class FileSourcesTest : public IngestRunTest {
 protected:
  void store(const std::string& id, const Origins& origins) {
    for (const FileOrigin& each : origins) {
      DocumentInput input = document(id, "a text that is long enough");
      input.metadata = of(origins[0].name);
      input.origin = std::make_shared<FileOrigin>(each);
      ASSERT_TRUE(retrieval_.upsert({input}).ok());
    }
  }
};

TEST_F(FileSourcesTest, ChangeNamesTheFilesThatAreLeft) {
  store("x", {origin("a.txt"), origin("b.txt")});
  const std::string a = "/f/a.txt", b = "/f/b.txt";
  const Origins added = {origin("c.txt")};
  const auto change = change_sources(retrieval_, "x", {&a, 1}, added);
  ASSERT_TRUE(change.ok() && *change);
  EXPECT_EQ((*change)->removed, std::vector<std::string>{a});
  EXPECT_EQ((*change)->added, added);
  EXPECT_EQ((*change)->metadata->source_id, "c.txt");
  EXPECT_EQ((*change)->metadata->custom.at(kCopiesKey), MetadataValue(std::vector<std::string>{"b.txt"}));
  const std::vector<std::string> both = {a, b};
  EXPECT_FALSE((*change_sources(retrieval_, "x", both, {})).has_value()) << "no file is left";
  EXPECT_FALSE((*change_sources(retrieval_, "none", {}, {})).has_value());
}

TEST_F(FileSourcesTest, DocumentGoesWithItsLastFile) {
  store("x", {origin("a.txt"), origin("b.txt")});
  store("y", {origin("c.txt")});
  std::vector<std::string> told;
  const std::vector<KnownFile> files = {{"x", origin("a.txt")}, {"y", origin("c.txt")}};
  ASSERT_TRUE(
      forget_files(retrieval_, files, [&](const KnownFile& file) { told.push_back(file.origin.name); }).ok());
  EXPECT_EQ(told, (std::vector<std::string>{"a.txt", "c.txt"}));
  ASSERT_EQ(store_.rows.size(), 1u);
  EXPECT_EQ(store_.rows.at("x").metadata.source_id, "b.txt");
}

TEST_F(FileSourcesTest, FilesBelowComeInPagesThatMayBeForgotten) {
  constexpr std::size_t kFiles = 1234;
  for (std::size_t i = 0; i < kFiles; ++i)
    store(std::to_string(i), {{"/f/" + std::to_string(i), std::to_string(i), "h" + std::to_string(i), ""}});
  std::size_t seen = 0, pages = 0;
  const auto visit = [&](std::span<const KnownFile> page) {
    seen += page.size();
    ++pages;
    return forget_files(retrieval_, page, [](const KnownFile&) {});
  };
  ASSERT_TRUE(visit_files_below(store_, "/f", visit).ok());
  EXPECT_EQ(seen, kFiles);
  EXPECT_EQ(pages, 2u);
  EXPECT_TRUE(store_.rows.empty());
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(visit_files_below(store_, "/f", visit, stop.get_token()).code(), Code::kCancelled);
}

}  // namespace
}  // namespace rappel
