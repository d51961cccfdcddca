#include "ingest/source/given_metadata.h"

#include <gtest/gtest.h>

#include <fstream>

#include "store/metadata_json.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

TEST(FrontMatter, HasTextsNumbersDatesAndLists) {
  const Metadata m = front_matter(
      "---\r\ntitle: A \"quoted\" title # comment\nauthor: 'It''s Ann'\ncreated_at: 2024-05-06\npages: 3\n"
      "draft: true\ntags: [one, \"two, three\", 'four']\nlist:\n  - a\n- b # c\nnested:\n  key: value\n"
      "text: |\n  many lines\nversion: \"1.0\"\nsource: web\nfilename: 7\nempty:\n---\n# Heading\nkey: no\n");
  EXPECT_EQ(m.author, "It's Ann");
  EXPECT_EQ(m.created_at->text, "2024-05-06");
  EXPECT_EQ(m.filename, "7");
  EXPECT_FALSE(m.source) << "not a source of the table";
  EXPECT_EQ(custom_text_of(m.custom),
            custom_text_of({{"title", std::string("A \"quoted\" title")},
                            {"pages", std::int64_t{3}},
                            {"draft", true},
                            {"tags", std::vector<std::string>{"one", "two, three", "four"}},
                            {"list", std::vector<std::string>{"a", "b"}},
                            {"version", std::string("1.0")}}));
}

TEST(FrontMatter, OfOtherTextsIsEmpty) {
  for (const char* text : {"", "---", "---\ntitle: no end\n", "# x\n---\ntitle: y\n---\n", "--- \n---\n",
                           "---\n: x\n- a: b\n---\n", "---\n\xFF: x\n---\n"})
    EXPECT_EQ(front_matter(text), Metadata()) << text;
}

TEST(FrontMatter, HostileBlocksStayWithinTheBounds) {
  std::string text = "---\n";
  for (int i = 0; i < 200; ++i) text += "key" + std::to_string(i) + ": [" + std::string(900, ',') + "x]\n";
  const Metadata m = front_matter(text.substr(0, 60000) + "\n---\n");
  EXPECT_LE(m.custom.size(), 64u);
  EXPECT_EQ(front_matter("---\n" + std::string(100000, 'k') + ": v\n---\n"), Metadata());
}

TEST(Sidecar, IsFoundBesideItsFileOnly) {
  const TempDir dir;
  const fs::path file = dir.path() / "a.pdf";
  EXPECT_FALSE((*read_sidecar(file)).has_value());
  std::ofstream(sidecar_of(file)) << "{\"author\":\"Ann\",\"pages\":3}";
  EXPECT_FALSE(is_sidecar(sidecar_of(file))) << "there is no a.pdf";
  std::ofstream(file) << "x";
  EXPECT_TRUE(is_sidecar(sidecar_of(file)));
  EXPECT_FALSE(is_sidecar(dir.path() / ".meta.json"));
  const auto metadata = parse_sidecar(**read_sidecar(file));
  EXPECT_EQ(metadata->author, "Ann");
  EXPECT_EQ(metadata->custom.at("pages"), MetadataValue(std::int64_t{3}));
  EXPECT_FALSE(parse_sidecar("[1]").ok());
  EXPECT_FALSE(parse_sidecar("{\"a\":{}}").ok());
  fs::remove(sidecar_of(file));
  fs::create_symlink("/etc/passwd", sidecar_of(file));
  EXPECT_EQ(read_sidecar(file).status().code(), Code::kInvalidArgument);
}

TEST(Overlay, ReplacesWhatItHas) {
  Metadata base, over;
  base.author = "Ann";
  base.url = "https://x/";
  base.custom = {{"a", true}, {"b", true}};
  over.author = "Bo";
  over.custom = {{"b", false}};
  overlay(over, base);
  EXPECT_EQ(base.author, "Bo");
  EXPECT_EQ(base.url, "https://x/");
  EXPECT_EQ(base.custom, (CustomMetadata{{"a", true}, {"b", false}}));
}

}  // namespace
}  // namespace rappel
