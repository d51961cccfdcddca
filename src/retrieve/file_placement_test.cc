#include "retrieve/file_placement.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace rappel
