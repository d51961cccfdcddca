#include "extractor/office/package.h"

#include <gtest/gtest.h>

#include "extractor/office/test_zip.h"
#include "extractor/office/text.h"
#include "extractor/office/xml.h"
#include "extractor/xml/xml_events.h"
#include "ingest/content/collected.h"

namespace rappel::extractor {
namespace {

TEST(Package, PartsAreFoundByNameAndMediaIsLeftOut) {
  const std::string zip = test_zip(
      {{"word/Document.xml", "<a/>"}, {"word/media/a.PNG", "x"}, {"word/theme/t.xml", "x"}, {"/B\\c", "2"}});
  CollectedContent content;
  const auto package = Package::open(zip, content);
  ASSERT_TRUE(package.ok());
  ASSERT_NE(package->find("/word/document.xml"), nullptr);
  EXPECT_EQ(*package->find("WORD/document.XML"), "<a/>");
  EXPECT_NE(package->find("b/c"), nullptr);
  EXPECT_EQ(package->find("word/media/a.png"), nullptr);
  EXPECT_EQ(package->find("word/theme/t.xml"), nullptr);
  EXPECT_TRUE(content.warnings.empty());
}

TEST(Package, TruncatedArchiveGivesWhatCanBeRead) {
  std::string zip = test_zip({{"a", "first"}, {"b", std::string(1000, 'b')}, {"c", "last"}});
  zip.resize(zip.size() * 2 / 3);
  CollectedContent content;
  const auto package = Package::open(zip, content);
  ASSERT_TRUE(package.ok());
  ASSERT_NE(package->find("a"), nullptr);
  EXPECT_EQ(*package->find("a"), "first");
  EXPECT_EQ(content.warnings.size(), 1u);
}

// Damages the packed bytes of the member at `index`.
void damage(std::string& zip, int index) {
  std::size_t header = zip.find("PK\x03\x04");
  for (int i = 0; i < index; ++i) header = zip.find("PK\x03\x04", header + 4);
  const auto size_at = [&](std::size_t at) {
    return std::size_t{static_cast<unsigned char>(zip[header + at])};
  };
  zip[header + 30 + size_at(26) + size_at(28) + 3] ^= 0x55;  // after name and extra field
}

TEST(Package, DamageInAPartIsMetWhenThatPartIsRead) {
  std::string zip = test_zip({{"a", "first"}, {"b", std::string(1000, 'b')}, {"c", "last"}});
  damage(zip, 1);
  CollectedContent content;
  const auto package = Package::open(zip, content);
  ASSERT_TRUE(package.ok());
  EXPECT_EQ(*package->find("a"), "first");
  EXPECT_TRUE(content.warnings.empty());
  EXPECT_NE(*package->find("b"), std::string(1000, 'b'));
  EXPECT_EQ(content.warnings.size(), 1u);
  ASSERT_NE(package->find("c"), nullptr);
  EXPECT_EQ(*package->find("c"), "last");
  EXPECT_EQ(content.warnings.size(), 1u) << "once";
}

// Readers hold views of one part while they look for others.
TEST(Package, GivenPartsStayWhereTheyAreWhenAnotherOneIsDamaged) {
  const std::string text(2000, 'a');
  std::string zip = test_zip({{"first", text}, {"second", std::string(1000, 'b')}});
  damage(zip, 1);
  CollectedContent content;
  const auto package = Package::open(zip, content);
  ASSERT_TRUE(package.ok());
  const std::string* first = package->find("first");
  ASSERT_NE(first, nullptr);
  const char* const bytes = first->data();
  (void)package->find("second");
  EXPECT_EQ(content.warnings.size(), 1u) << "all has been read again";
  EXPECT_EQ(package->find("first"), first);
  EXPECT_EQ(first->data(), bytes);
  EXPECT_EQ(*first, text);
}

TEST(Package, SecondReadingWarnsOfAllThatItMeets) {
  std::string zip =
      test_zip({{"first", "a"}, {"x.png", std::string(1 << 20, 'x')}, {"second", std::string(1000, 'b')}});
  damage(zip, 2);
  CollectedContent content;
  const auto package = Package::open(zip, content, {.ratio = 1, .ratio_from = 100'000});
  ASSERT_TRUE(package.ok());
  EXPECT_TRUE(content.warnings.empty());
  for (int i = 0; i < 2; ++i) (void)package->find("second");
  EXPECT_EQ(content.warnings,
            (std::vector<std::string>{"the file is damaged; text may be missing",
                                      "the file unpacks to too much; the rest is left out"}));
}

TEST(Package, LimitsEndTheReading) {
  const std::string zip = test_zip({{"a", "small"}, {"b", std::string(1 << 20, 'b')}, {"c", "last"}});
  CollectedContent content;
  const auto by_ratio = Package::open(zip, content, {.ratio_from = 100'000});
  ASSERT_TRUE(by_ratio.ok());
  EXPECT_EQ(by_ratio->find("c"), nullptr);
  const auto by_count = Package::open(zip, content, {.members = 1});
  ASSERT_TRUE(by_count.ok());
  EXPECT_EQ(by_count->parts().size(), 1u);
  EXPECT_EQ(content.warnings.size(), 2u);
}

TEST(Package, NoArchiveIsRefused) {
  CollectedContent content;
  EXPECT_EQ(Package::open("PK\x03\x04 no archive", content).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(Package::open("", content).status().code(), Code::kInvalidArgument);
}

TEST(Package, NamesAreMadeRelative) {
  EXPECT_EQ(member_name("../../etc/passwd"), "etc/passwd");
  EXPECT_EQ(member_name("C:\\a\\.\\b"), "a/b");
  EXPECT_EQ(member_name("a//b/"), "a/b/");
  EXPECT_EQ(resolve_part("word/document.xml", "../media/a"), "media/a");
  EXPECT_EQ(resolve_part("word/document.xml", "/x/a"), "x/a");
  EXPECT_EQ(resolve_part("a", "../../b"), "b");
}

TEST(Xml, PrefixesAreTheUsualOnes) {
  XmlTree tree;
  bool whole = false;
  ASSERT_TRUE(
      load_xml(R"(<x:document xmlns:x="http://purl.oclc.org/ooxml/wordprocessingml/main">)"
               R"(<x:p x:id="1"/><t xmlns="http://schemas.openxmlformats.org/drawingml/2006/main">a</t>)"
               R"(<b xmlns="urn:other"/><x:p/></x:document>)",
               XmlSpace::kInText, tree, &whole));
  EXPECT_TRUE(whole);
  const XmlNode top = tree.document_element();
  EXPECT_EQ(name_of(top), "w:document");
  EXPECT_EQ(attribute(child(top, "w:p"), "w:id"), "1");
  EXPECT_EQ(all_text(child(top, "a:t")), "a");
  EXPECT_EQ(name_of(top.last_child()), "w:p");
  EXPECT_TRUE(child(top, "b"));
}

TEST(Xml, DeclarationBelowAUsualRootCounts) {
  XmlTree tree;
  const std::string root = R"(<w:p xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">)";
  ASSERT_TRUE(
      load_xml(root + R"(<w:t/><t xmlns="http://schemas.openxmlformats.org/drawingml/2006/main"/></w:p>)",
               XmlSpace::kInText, tree));
  EXPECT_TRUE(child(tree.document_element(), "w:t"));
  EXPECT_TRUE(child(tree.document_element(), "a:t"));
  ASSERT_TRUE(load_xml(root + "<w:t>xmlns</w:t></w:p>", XmlSpace::kInText, tree));
  EXPECT_EQ(all_text(child(tree.document_element(), "w:t")), "xmlns");
}

TEST(Xml, DeepPartsAreNotWhole) {
  XmlTree tree;
  for (const int depth : {kMaxXmlDepth, kMaxXmlDepth + 2}) {
    std::string part;
    for (int i = 0; i < depth; ++i) part += "<a>";
    for (int i = 0; i < depth; ++i) part += "</a>";
    bool whole = false;
    ASSERT_TRUE(load_xml(part, XmlSpace::kInText, tree, &whole));
    EXPECT_EQ(whole, depth == kMaxXmlDepth);
  }
}

TEST(Xml, DamagedPartsEndWhereTheDamageIs) {
  XmlTree tree;
  bool whole = true;
  ASSERT_TRUE(load_xml("<a><b>text</b><c>more", XmlSpace::kInText, tree, &whole));
  EXPECT_FALSE(whole);
  EXPECT_EQ(all_text(tree), "textmore");
  EXPECT_FALSE(load_xml("no xml", XmlSpace::kInText, tree));
}

TEST(Text, ControlCharactersGoWhereverTheyStand) {
  for (std::size_t size = 1; size < 20; ++size)
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'a');
      text[at] = '\x1F';
      EXPECT_EQ(tidy_row(text), std::string(size - 1, 'a'));
      text[at] = '\x7F';
      EXPECT_EQ(tidy_row(text), text);
    }
  EXPECT_EQ(tidy_row("12345\t7\n9\xC3\xA9\x01x"), "12345\t7\n9\xC3\xA9x");
}

struct Names final : XmlEvents {
  std::string seen;
  Status start(std::string_view name, const XmlAttributes& attributes) override {
    seen += "<" + std::string(name) + std::string(attributes["r"]);
    return {};
  }
  Status end(std::string_view) override {
    seen += ">";
    return {};
  }
  Status text(std::string_view text) override {
    seen += text;
    return {};
  }
};

// A DTD makes the difference (xml_scan.h).
TEST(XmlEvents, ScanTellsTheSameAsExpat) {
  const std::string part =
      "<x:a xmlns:x=\"u\"> <x:c r=\"B&lt;2\"/>t&amp;&#233;<![CDATA[<u\r\n>]]><!-- no --><?no?><d> </d>"
      "<e r = 'a\n&#x41;\t&quot;\r\nb' q=\"\"  >&gt;&apos;</e\n>line\r\nend\rx</x:a> ";
  for (const std::string before : {"", "\xEF\xBB\xBF", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"}) {
    Names scanned, by_expat;
    EXPECT_TRUE(read_xml_events(before + part, scanned).ok());
    EXPECT_TRUE(read_xml_events(before + "<!DOCTYPE a>" + part, by_expat).ok());
    EXPECT_EQ(by_expat.seen, "<a <cB<2>t&\xC3\xA9<u\n><d ><ea A \" b>'>line\nend\nx>");
    EXPECT_EQ(scanned.seen, by_expat.seen);
  }
}

TEST(XmlEvents, FaultsAreRefusedWithAndWithoutExpat) {
  for (const std::string part : {"", "no xml", "<a>", "<a", "<a/", "<a></b>", "</a>", "<a/>text", "<a/><b/>",
                                 "<a b></a>", "<a b=c/>", "<a b=\"c/>", "<a><!-- </a>", "<a><![CDATA[</a>",
                                 "<![CDATA[]]><a/>", "<!b><a/>", "<a><!b></a>", "< a/>"})
    for (const std::string before : {"", "<!DOCTYPE a>"}) {
      Names names;
      EXPECT_EQ(read_xml_events(before + part, names).code(), Code::kInvalidArgument) << before << part;
    }
}

TEST(XmlEvents, UnknownEntitiesStayAndOtherEncodingsAreRead) {
  Names entities, latin;
  EXPECT_TRUE(read_xml_events("<a>R&D &nbsp; &#xD800; &#0; &;</a>", entities).ok());
  EXPECT_EQ(entities.seen, "<aR&D &nbsp; &#xD800; &#0; &;>");
  EXPECT_TRUE(read_xml_events("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE9</a>", latin).ok());
  EXPECT_EQ(latin.seen, "<a\xC3\xA9>");
}

TEST(XmlEvents, EventsBeforeAFaultAreGiven) {
  Names names;
  EXPECT_EQ(read_xml_events("<a><b>text</b><c>more</a>", names).code(), Code::kInvalidArgument);
  EXPECT_EQ(names.seen, "<a<btext><cmore");
}

TEST(XmlEvents, DeepPartsAreRefused) {
  std::string deep;
  for (int i = 0; i < 300; ++i) deep += "<a>";
  for (int i = 0; i < 300; ++i) deep += "</a>";
  for (const std::string before : {"", "<!DOCTYPE a>"}) {
    Names names;
    EXPECT_EQ(read_xml_events(before + deep, names).code(), Code::kInvalidArgument);
    EXPECT_EQ(names.seen.size(), 2u * kMaxXmlDepth);
  }
}

TEST(XmlEvents, NamesAreLocalAndEntitiesRefused) {
  Names names;
  EXPECT_TRUE(read_xml_events(R"(<x:a xmlns:x="u"><x:c r="B2">t&amp;u</x:c></x:a>)", names).ok());
  EXPECT_EQ(names.seen, "<a<cB2t&u>>");
  Names refused;
  EXPECT_EQ(read_xml_events(R"(<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>)", refused).code(),
            Code::kInvalidArgument);
  EXPECT_EQ(refused.seen, "");
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "<a>";
  EXPECT_EQ(read_xml_events(deep, refused).code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace rappel::extractor
