// The readers of text kinds, by the blocks that they give.
#include <gtest/gtest.h>

#include <string>

#include "extractor/plain/json_text.h"
#include "extractor/plain/markdown.h"
#include "extractor/plain/notebook.h"
#include "extractor/plain/plain_text.h"
#include "extractor/plain/restructured_text.h"
#include "extractor/plain/source_code.h"
#include "extractor/plain/subtitles.h"
#include "extractor/plain/table_text.h"
#include "extractor/web/xml_text.h"
#include "ingest/content/collected.h"
#include "ingest/content/outlined_text.h"

namespace rappel::extractor {
namespace {

// One line a block: "h1:Title", "item0:..", "row:a|b".
std::string shown(const CollectedContent& content) {
  std::string out;
  for (const auto& [block, part] : content.blocks) {
    const char* names[] = {"", "h", "item", "row", "code", "note"};
    out += names[static_cast<int>(block.kind)];
    if (block.kind == BlockKind::kHeading || block.kind == BlockKind::kListItem)
      out += std::to_string(block.level);
    if (block.header_row) out += "!";
    out += ':';
    for (const char c : block.text) out += c == '\n' ? '/' : c == '\t' ? '|' : c;
    out += '\n';
  }
  return out;
}

std::string read(ReadFunction reader, std::string_view bytes, const std::string& name = "") {
  CollectedContent content;
  const Status status = reader({bytes, name}, content);
  std::string out = shown(content) + (status.ok() ? "" : status.to_string());
  for (const std::string& warning : content.warnings) out += "warning:" + warning + "\n";
  return out;
}

TEST(PlainText, HasParagraphs) {
  EXPECT_EQ(read(read_plain_text, "\n  a\nb\n\n \nc\fd\r\n\fe"), ":  a/b\n:c\fd\n:e\n");
  EXPECT_EQ(read(read_plain_text, ""), "");
}

TEST(PlainText, OtherDataIsRefused) {
  std::string bytes;
  for (int i = 0; i < 2000; ++i) bytes += static_cast<char>(i * 7919 >> 3);
  EXPECT_NE(read(read_plain_text, bytes).find("holds other data"), std::string::npos);
  EXPECT_EQ(read(read_plain_text, "a few \x01 control \x02 characters"),
            ":a few \x01 control \x02 characters\n");
}

TEST(PlainText, LongLinesAreCutBetweenCharacters) {
  std::string text;
  while (text.size() < 600'000) text += "\xC3\xA9";
  CollectedContent content;
  ASSERT_TRUE(read_plain_text({text}, content).ok());
  ASSERT_EQ(content.blocks.size(), 3u);
  EXPECT_EQ(content.blocks[0].block.text.size() % 2, 0u);
}

TEST(Markdown, HeadingsListsTablesAndCode) {
  EXPECT_EQ(read(read_markdown, R"(---
title: "T"
tags: [a]
---
# One #
text **bold**
more

Two
===
Three
---
- a
  b
  - c
1. d

***
| x | y \| z |
|---|---|
| 1 | 2 |
after
```sh
# no heading
```
#no heading
####### no heading
)"),
            "h1:One\n:text **bold**/more\nh1:Two\nh2:Three\nitem0:- a/  b\nitem1:- c\nitem0:1. d\n"
            "row!:x|y | z\nrow:1|2\n:after\ncode:```sh/# no heading/```\n:#no heading/####### no heading\n");
}

TEST(Markdown, FrontMatterBecomesProperties) {
  CollectedContent content;
  ASSERT_TRUE(read_markdown({"---\ntitle: 'A: b'\ndate: 2024-05-06\nlang: de\n---\nx"}, content).ok());
  EXPECT_EQ(
      json_of(content, outlined_text_of(content), "md"),
      R"({"kind":"md","metadata":{"encoding":"utf-8","title":"A: b","created_at":"2024-05-06T00:00:00Z",)"
      R"("language":"de"}})");
  EXPECT_EQ(read(read_markdown, "---\nno end"), ":no end\n");
}

TEST(RestructuredText, HeadingsByOrderOfAdornment) {
  EXPECT_EQ(read(read_restructured_text,
                 "=====\nTitle\n=====\n\nOne\n---\ntext\n\nTwo\n~~~\n\nThree\n-----\nend\n"),
            "h1:Title\nh2:One\n:text\nh3:Two\nh2:Three\n:end\n");
}

TEST(SourceCode, DeclarationsAtTheMarginAreHeadings) {
  EXPECT_EQ(read(read_source_code,
                 "import os\n\nclass A:\n    def b(self):\n        pass\n\ndef c():\n    pass\n", "x.py"),
            "code:import os\nh1:class A:\ncode:    def b(self):/        pass\nh1:def c():\ncode:    pass\n");
  EXPECT_EQ(read(read_source_code, "#include <a>\nint f(int x) {\n  if (x) {\n  }\n}\n", "x.C"),
            "code:#include <a>\nh1:int f(int x) {\ncode:  if (x) {/  }/}\n");
  EXPECT_EQ(read(read_source_code, "\\section{A}\nx\n\\subsection{B}\n", "x.tex"),
            "h1:\\section{A}\ncode:x\nh2:\\subsection{B}\n");
  EXPECT_EQ(read(read_source_code, "a: 1\n", "x.yaml"), "code:a: 1\n");
}

TEST(Tables, DelimitersQuotesAndHeadersAreFound) {
  EXPECT_EQ(read(read_csv, "id,name\n1,\"a, \"\"b\"\"\"\n2,\"c\nd\"\n"),
            "row!:id|name\nrow:1|a, \"b\"\nrow:2|c/d\n");
  EXPECT_EQ(read(read_csv, "id;price\r\n1;2,50\r\n2;3,75\r\n"), "row!:id|price\nrow:1|2,50\nrow:2|3,75\n");
  EXPECT_EQ(read(read_csv, "1|2\n3|4\n"), "row:1|2\nrow:3|4\n");
  EXPECT_EQ(read(read_tsv, "a\tb\n1\t\n"), "row!:a|b\nrow:1|\n");
  EXPECT_EQ(read(read_csv, "sep=;\na;b,c\n1;2\n"), "row!:a|b,c\nrow:1|2\n");
  EXPECT_EQ(read(read_csv, "a,\"b"), "row:a|b\nwarning:a quoted cell at its end is not closed\n");
}

TEST(Json, RecordsAreBlocksWithNames) {
  EXPECT_EQ(
      read(read_json,
           R"([{"id":"a","tags":["x","y"],"m":{"n":1,"none":null,"l":[{"d":"v"},{"d":"w"}]}},{"id":"b"}])"),
      ":id: a/tags: x, y/m:/  n: 1/  l:/      d: v/      d: w\n:id: b\n");
  EXPECT_EQ(read(read_json, R"({"data":[{"a":1},{"a":2}]})"), ":data:/a: 1\n:a: 2\n");
  EXPECT_EQ(read(read_json, R"("caf\u00e9 \ud83d\ude00 \ud83d")"),
            ":caf\xC3\xA9 \xF0\x9F\x98\x80 \xEF\xBF\xBD\n");
  EXPECT_EQ(read(read_json_lines, "{\"a\":1}\n{\"a\":2}\n{\"a\":\n"),
            ":a: 1\n:a: 2\nwarning:1 of its lines is not well-formed JSON\n");
}

TEST(Json, DamageAndDepthAreSurvived) {
  EXPECT_EQ(read(read_json, "{a: 'b', ]"),
            ":a: 'b'\nwarning:it is not well-formed JSON, so some of its text may be misplaced\n");
  EXPECT_EQ(read(read_json, std::string(100'000, '[')),
            "warning:it is nested deeper than 1000 levels; the rest is left out\n"
            "warning:it is not well-formed JSON, so some of its text may be misplaced\n");
}

TEST(Notebook, CellsAndTextOutputs) {
  EXPECT_EQ(read(read_notebook, R"x({"cells":[{"cell_type":"markdown","source":["# T\n","x"]},
      {"cell_type":"code","source":"print(1)","outputs":[{"text":["1\n"]},
       {"data":{"image/png":"iVBOR","text/plain":"<Figure>"}},{"ename":"E","evalue":"bad"}]}]})x"),
            "h1:T\n:x\ncode:print(1)\n:1\n:<Figure>\n:E: bad\n");
}

TEST(Xml, TextOfElements) {
  EXPECT_EQ(read(read_xml, R"(<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "&y;">]>
<a t="1>2"><title>A &amp; B</title><p>some <b>bold</b> <i>text</i> &#x263A;&x;</p><![CDATA[<c>]]><!-- no --></a>)"),
            "h1:A & B\n:some bold text \xE2\x98\xBA&x;<c>\n");
  EXPECT_EQ(
      read(read_xml,
           "<rss><item><title>T</title><description>&lt;p&gt;a &lt;b&gt;b&lt;/b&gt;&lt;p&gt;c</description>"
           "<x><![CDATA[<li>d</li>]]></x></item></rss>"),
      "h1:T\n:a b\n:c\nitem0:d\n");
}

TEST(Subtitles, OnlyTheWords) {
  EXPECT_EQ(read(read_subtitles,
                 "1\n00:00:01,000 --> 00:00:02,000\n<i>Hello</i>\n{\\an8}there\n\n2\n00:00:03 --> "
                 "00:00:04\nthere\nend\n"),
            ":Hello/there/end\n");
  EXPECT_EQ(read(read_subtitles, "WEBVTT\n\nNOTE no\n\n00:01.000 --> 00:02.000\n<v Ada>Hi\n"), ":Ada: Hi\n");
}

}  // namespace
}  // namespace rappel::extractor
