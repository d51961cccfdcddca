#include "extractor/office/epub.h"

#include <gtest/gtest.h>

#include "extractor/office/epub_book.h"
#include "extractor/office/test_zip.h"
#include "ingest/content/collected.h"

namespace rappel::extractor {
namespace {

using Parts = std::vector<std::pair<std::string, std::string>>;

Parts book(const std::string& spine) {
  return {
      {"mimetype", "application/epub+zip"},
      {"META-INF/container.xml",
       R"(<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>)"
       R"(<rootfile full-path="O/b.opf"/></rootfiles></container>)"},
      {"O/b.opf",
       R"(<opf:package xmlns:opf="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">)"
       R"(<opf:metadata><dc:title>Title</dc:title><dc:language>en</dc:language></opf:metadata><opf:manifest>)"
       R"(<opf:item id="n" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>)"
       R"(<opf:item id="a" href="a%20a.xhtml" media-type="application/xhtml+xml"/>)"
       R"(<opf:item id="e" href="empty.xhtml" media-type="application/xhtml+xml"/>)"
       R"(<opf:item id="b" href="t/b.xhtml" media-type="application/xhtml+xml"/></opf:manifest><opf:spine>)" +
           spine + "</opf:spine></opf:package>"},
      {"O/nav.xhtml",
       R"(<html><body><nav epub:type="toc"><a href="t/b.xhtml#x">Second</a></nav></body></html>)"},
      {"O/a a.xhtml", "<html><body><h1>First</h1><p>one&nbsp;&amp; more</p></body></html>"},
      {"O/t/b.xhtml", "<html><body><p>two</p></body></html>"}};
}

TEST(Epub, ChaptersFollowTheSpine) {
  CollectedContent content;
  const std::string zip = test_zip(book(
      R"(<opf:itemref idref="b" linear="no"/><opf:itemref idref="n"/><opf:itemref idref="e"/><opf:itemref idref="a"/>)"));
  ASSERT_TRUE(read_epub({zip}, content).ok());
  EXPECT_EQ(text_of(content), "First\none & more\nSecond\ntwo");
  ASSERT_EQ(content.parts.size(), 2u);
  EXPECT_EQ(content.parts[1].name, "Second");
  EXPECT_EQ(content.properties[0].second, "Title");
}

TEST(Epub, WithoutPlanTheOrderIsThatOfNames) {
  CollectedContent content;
  const std::string zip = test_zip({{"2.html", "<p>two</p>"}, {"1.html", "<p>one</p>"}});
  ASSERT_TRUE(read_epub({zip}, content).ok());
  EXPECT_EQ(text_of(content), "one\ntwo");
  EXPECT_EQ(content.warnings.size(), 1u);
}

TEST(Epub, EncryptedBooksAreRefused) {
  Parts parts = book(R"(<opf:itemref idref="a"/>)");
  parts.emplace_back(
      "META-INF/encryption.xml",
      R"(<encryption><enc:EncryptedData><enc:CipherData><enc:CipherReference URI="O/a%20a.xhtml"/>)"
      R"(</enc:CipherData></enc:EncryptedData></encryption>)");
  CollectedContent content;
  const std::string zip = test_zip(parts);
  const Status status = read_epub({zip}, content);
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_NE(status.message().find("DRM"), std::string::npos);
}

TEST(Epub, PathsOfLinks) {
  EXPECT_EQ(path_of_link("a%20b.xhtml#c"), "a b.xhtml");
  EXPECT_EQ(path_of_link("100%"), "100%");
  EXPECT_EQ(path_of_link("%zz"), "%zz");
}

}  // namespace
}  // namespace rappel::extractor
