#include "extractor/web/html.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "extractor/test_blocks.h"
#include "extractor/web/html_scan.h"
#include "ingest/content/outlined_text.h"

namespace rappel::extractor {
namespace {

std::string read(std::string_view html, const HtmlOptions& options = {}) {
  CollectedContent content;
  const Status status = give_html(html, options, content);
  return (status.ok() ? "" : status.to_string()) + blocks_of(content);
}

const std::string kLong =
    "The first sentence of a paragraph, which has commas, and words enough, to be the main text of a page. ";

TEST(Html, HeadingsListsTablesAndCode) {
  EXPECT_EQ(read("<h1>A&amp;<b>B</b></h1><p>one\n two<br>three&nbsp;four<ul><li>x<ul><li>y</ul><li>z</ul>"
                 "<pre>a\n  b</pre><table><tr><th>n<th>v<tr><td>1<td><p>2<p>3</table>end"),
            "h1:A&B\np:one two/three four\nli:x\nli1:y\nli:z\ncode:a/  b\nrow!:n|v\nrow:1|2/3\np:end\n");
}

TEST(Html, ChapterThatIsXmlReadsAsHtmlDoes) {
  const std::string chapter =
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!DOCTYPE html>\n<html "
      "xmlns=\"http://www.w3.org/1999/xhtml\">"
      "<head><title>t</title><style>s</style></head><body class='a &amp; b'>\n<h1>A&amp;<b>B</b></h1>"
      "<p>one\n two<br/>three&#160;four</p><a "
      "id='anchor'></a><ul><li>x<ul><li>y</li></ul></li><li>z</li></ul>"
      "<pre>\na\n  "
      "b</pre><table><tr><th>n</th><th>v</th></tr><tr><td>1</td><td><p>2</p><p>3</p></td></tr></table>"
      "<p hidden='hidden'>no</p><!-- no --><div>en<!-- no -->d</div><p/></body></html>\n";
  const HtmlOptions html{.main_text = false, .properties = false};
  const HtmlOptions xml{.main_text = false, .properties = false, .may_be_xml = true};
  EXPECT_EQ(read(chapter, xml),
            "h1:A&B\np:one two/three four\nli:x\nli1:y\nli:z\ncode:a/  b\nrow!:n|v\nrow:1|2/3\np:end\n");
  EXPECT_EQ(read(chapter, html), read(chapter, xml));
  // The parser of HTML leaves the sections of XML out.
  const std::string section = "<html><body><p><![CDATA[1 < 2]]></p></body></html>";
  EXPECT_EQ(read(section, xml), "p:1 < 2\n");
  EXPECT_EQ(read(section, html), "");
}

TEST(Html, ChapterThatIsNoXmlIsReadAsHtml) {
  const HtmlOptions xml{.main_text = false, .properties = false, .may_be_xml = true};
  for (const std::string chapter :
       {"<html><body><p>a&nbsp;b</p></body></html>", "<html><body><p>a b</body></html>", "<p>a b</p>", "a b",
        "<!DOCTYPE html [<!ENTITY x 'y'>]><html><body><p>a b</p></body></html>",
        "<html><body><p>a b</p></body></html><!-- end", "<html><body>a b</body></html>&"}) {
    const std::string blocks = read(chapter, xml);
    EXPECT_NE(blocks.find("p:a"), std::string::npos) << chapter << blocks;
    EXPECT_EQ(blocks, read(chapter, {.main_text = false, .properties = false}));
  }
}

TEST(Html, TablesThatLayOutAPageAreNoRows) {
  EXPECT_EQ(read("<table><tr><td>left<td>right<table><tr><td>1<td>2</table></table>"),
            "p:left\np:right\nrow:1|2\n");
}

TEST(Html, HiddenTextAndScriptsAreLeftOut) {
  EXPECT_EQ(read("a<script>b</script><style>c</style><p hidden>d</p><p style='display: none'>e</p><template>f"
                 "</template><noscript>g</noscript><!-- h --><select><option>i</select>"),
            "p:a\n");
}

TEST(Html, MarkedMainPart) {
  const std::string page = "<nav>home</nav><main><h1>T</h1><p>" + kLong + kLong + kLong +
                           "</p></main><aside>more</aside><footer>c</footer>";
  EXPECT_EQ(read(page), "h1:T\np:" + kLong + kLong + kLong.substr(0, kLong.size() - 1) + "\n");
  EXPECT_EQ(read(page, {.main_text = false}).find("p:home\n"), 0u);
}

TEST(Html, UnmarkedMainPartIsFoundByItsParagraphs) {
  std::string page = "<div class=top><a href=1>Home</a> <a href=2>News</a></div><div id=a>";
  for (int i = 0; i < 5; ++i) page += "<p>" + kLong + "</p>";
  page += "</div><div class=more>";
  for (int i = 0; i < 20; ++i) page += "<div><a href=x>Another story that is only a link</a></div>";
  const std::string text = read(page + "</div>");
  EXPECT_EQ(text.find("Home"), std::string::npos);
  EXPECT_EQ(text.find("Another"), std::string::npos);
  EXPECT_NE(text.find("first sentence"), std::string::npos);
}

std::string article(const std::string& more) {
  std::string page = "<article><h1>T</h1>";
  for (int i = 0; i < 5; ++i) page += "<p>" + kLong + kLong + "</p>";
  return page + more + "</article>";
}

TEST(Html, DecorationOfAnArticleIsLeftOut) {
  for (const std::string decoration :
       {"<div>More: <a href=a>Otters return to the river</a>, 3 May, by a reporter</div>",
        "<div class=share-tools>Send this page</div>", "<span class='photo-credit'>An agency</span>",
        "<form><div>Your address gets our letter</div></form>", "<footer>All rights reserved</footer>"})
    EXPECT_EQ(read(article(decoration)), read(article(""))) << decoration;
}

TEST(Html, BoxesThatAreTextStay) {
  const std::vector<std::string> texts = {
      "<div>It returns an <a href=a>Expression</a>, see <a href=b>Blocks</a>.</div>",
      "<div>Read <a href=a>the story of the otters</a>: <pre>otter --swim</pre></div>",
      "<div><a href=a>The story of the otters</a> " + kLong + kLong + "</div>",
      "<form><table><tr><td>otter<td>12</table></form>"};
  for (const std::string& text : texts)
    EXPECT_GT(read(article(text)).size(), read(article("")).size()) << text;
}

TEST(Html, PagesOfShortEntriesKeepTheirLinks) {
  std::string page = "<main>";
  for (int i = 0; i < 40; ++i)
    page += "<div><a href=a>Otters in the river</a> are described in this chapter of it</div>";
  EXPECT_NE(read(page + "</main>").find("Otters in the river"), std::string::npos);
}

TEST(Html, TitleLanguageAuthorAndDate) {
  CollectedContent content;
  ASSERT_TRUE(read_html({"<html lang=en><title>Head - Site</title><meta name=Author content=Ada>"
                         "<meta property='article:published_time' content=2024-05-06><h1>Head</h1>"},
                        content)
                  .ok());
  EXPECT_EQ(
      json_of(content, outlined_text_of(content), "html"),
      R"({"kind":"html","headings":[{"level":1,"text":"Head"}],"metadata":{"encoding":"utf-8","title":"Head",)"
      R"("language":"en","author":"Ada","created_at":"2024-05-06T00:00:00Z"}})");
}

TEST(Html, DeclaredEncoding) {
  CollectedContent content;
  ASSERT_TRUE(read_html({"<meta charset=iso-8859-5><p>\xBF\xE0\xD8\xD2\xD5\xE2"}, content).ok());
  EXPECT_EQ(text_of(content), "\xD0\x9F\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82");
}

TEST(HtmlScan, DepthAndSizeAreBounded) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<div><b a=" + std::to_string(i) + ">";
  const ScannedHtml scanned = scan_html(deep + "text");
  EXPECT_TRUE(scanned.deep);
  EXPECT_LT(scanned.html.size(), 20'000u);
  EXPECT_EQ(read(deep + "text"), "p:text\n");
  EXPECT_EQ(scan_html("<a " + std::string(100'000, 'x') + ">y</a>").html, "y</a>");
  EXPECT_TRUE(scan_html([] {
                std::string many;
                for (int i = 0; i < 600'000; ++i) many += "<p>";
                return many;
              }())
                  .cut);
}

TEST(HtmlScan, ClosedTagsOfXhtml) {
  EXPECT_EQ(scan_html("<?xml?><html><title/><script/><br/>a<a id='x'/>b").html,
            "<html><title></title><br/>a<a id='x'></a>b");
  EXPECT_EQ(scan_html("1 < 2 <3").html, "1 &lt; 2 &lt;3");
}

}  // namespace
}  // namespace rappel::extractor
