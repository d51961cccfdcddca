#include "extractor/rtf/rtf.h"

#include <gtest/gtest.h>

#include <string>

#include "extractor/test_blocks.h"
#include "ingest/content/outlined_text.h"

namespace rappel::extractor {
namespace {

std::string read(const std::string& body) {
  CollectedContent content;
  const Status status = read_rtf({body}, content);
  return (status.ok() ? "" : status.to_string()) + blocks_of(content);
}

TEST(Rtf, ParagraphsCharactersAndEscapes) {
  EXPECT_EQ(
      read(
          R"({\rtf1\ansi\ansicpg1250 za\'bf\'f3\'b3\'e6 \{x\}\~\emdash\tab\u26085?\u-10179?\u-8704?\par b\line c})"),
      "p:za\xC5\xBC\xC3\xB3\xC5\x82\xC4\x87 {x} \xE2\x80\x94|\xE6\x97\xA5\xF0\x9F\x98\x80\np:b/c\n");
}

TEST(Rtf, EncodingOfTheFont) {
  EXPECT_EQ(
      read(
          R"({\rtf1\ansi{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset128 B;}{\f2\fcharset204 C;}}\f1\'83\'65X{\f2 \'ff}})"),
      "p:\xE3\x83\x86X\xD1\x8F\n");
  EXPECT_EQ(read(R"({\rtf1{\fonttbl{\f15\fcharset128 M;}}{\f15 \u48 0 \uc2\u24180\'94\'4e abc \'94\'4f}})"),
            "p:0 \xE5\xB9\xB4 abc \xE5\xBF\xB5\n");
}

TEST(Rtf, HeadingsListsAndTables) {
  EXPECT_EQ(read(R"({\rtf1{\stylesheet{\s0 Normal;}{\s1 heading 1;}{\s2\outlinelevel1 Kopf;}}
\pard\s1 One\par\pard\s2 Two\par\pard{\listtext 1.\tab}\ls1\ilvl1 item\par
\trowd\trhdr\pard\intbl a\cell b\par c\cell\row\trowd\pard\intbl 1\cell\cell\row\pard end})"),
            "h1:One\nh2:Two\nli1:1.|item\nrow!:a|b/c\nrow:1|\np:end\n");
}

TEST(Rtf, NotesFieldsAndBoxes) {
  EXPECT_EQ(
      read(
          R"({\rtf1 a{\footnote\pard n1\par n2}b{\field{\*\fldinst HYPERLINK "x"}{\fldrslt link}})"
          R"({\shp{\*\shpinst{\sp{\sn x}{\sv y}}{\shptxt box\par}}{\shprslt no}}{\*\unknown no}{\v no}{\deleted no}\par c})"),
      "p:ablink\nnote:n1/n2\np:box\np:c\n");
  EXPECT_EQ(read(R"({\rtf1{\upr{no}{\*\ud{yes}}}{\pict 0102}{\header no}{\pict\bin5 }}}}}}x}y)"), "p:yesx\n");
}

TEST(Rtf, Information) {
  CollectedContent content;
  ASSERT_TRUE(
      read_rtf({R"({\rtf1{\info{\title T\'e9}{\author A}{\operator O}{\creatim\yr2004\mo10\dy2\hr3}}x})"},
               content)
          .ok());
  EXPECT_EQ(json_of(content, outlined_text_of(content), "rtf"),
            "{\"kind\":\"rtf\",\"metadata\":{\"title\":\"T\xC3\xA9\",\"author\":\"A\",\"created_at\":\"2004-"
            "10-02T03:00:00Z\"}}");
  EXPECT_EQ(text_of(content), "x");
}

TEST(Rtf, DamageAndDepthAreSurvived) {
  EXPECT_EQ(read("{\\rtf1 a\\'"), "p:a?\n");
  EXPECT_EQ(read("{\\rtf1 a\\bin999 b"), "p:a\n");
  EXPECT_EQ(read("{\\rtf1 a" + std::string(100'000, '{')), "p:a\n");
  EXPECT_EQ(read("{\\rtf1{\\footnote{\\footnote{\\shptxt x"), "p:x\n");
  EXPECT_NE(read("text").find("not an RTF document"), std::string::npos);
}

}  // namespace
}  // namespace rappel::extractor
