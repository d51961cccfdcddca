// Pages, attributes and filters of vector stores, without a server.
#include <gtest/gtest.h>

#include "server/http/json_writer.h"
#include "server/vector_stores/attributes.h"
#include "server/vector_stores/paging.h"
#include "server/vector_stores/search_filter.h"
#include "store/custom_metadata.h"

namespace rappel {
namespace {

JsonValue json(std::string_view text) {
  auto read = read_body_json(text);
  EXPECT_TRUE(std::holds_alternative<JsonValue>(read)) << text;
  return std::get<JsonValue>(std::move(read));
}

std::vector<PagePlace> places() { return {{30, "c"}, {10, "a"}, {20, "b"}, {20, "bb"}}; }

std::string ids(std::string_view query, const GoneItems& gone = {}) {
  const auto read = read_page_query(query, 20, 100);
  if (const auto* fault = std::get_if<InputFault>(&read)) return fault->param;
  const auto page = page_of(places(), std::get<PageQuery>(read), gone);
  if (const auto* fault = std::get_if<InputFault>(&page)) return fault->param;
  std::string text;
  for (const std::size_t item : std::get<Page>(page).items) text += places()[item].id + " ";
  return text + (std::get<Page>(page).has_more ? "more" : "end");
}

TEST(Paging, OrdersByTimeThenId) {
  EXPECT_EQ(ids(""), "c bb b a end");
  EXPECT_EQ(ids("?order=asc"), "a b bb c end");
  EXPECT_EQ(ids("?order=asc&limit=4"), "a b bb c end");
}

TEST(Paging, PagesFollowEachOther) {
  EXPECT_EQ(ids("?limit=3"), "c bb b more");
  EXPECT_EQ(ids("?limit=3&after=b"), "a end");
  EXPECT_EQ(ids("?after=a"), "end");
  EXPECT_EQ(ids("?before=b"), "c bb end");
  EXPECT_EQ(ids("?before=b&limit=1"), "bb more");  // next to it
  EXPECT_EQ(ids("?after=c&before=a&limit=1"), "bb more");
}

TEST(Paging, GoesOnAfterAnItemThatIsGone) {
  GoneItems gone;
  EXPECT_EQ(ids("?after=gone", gone), "after");
  gone.note({20, "c-gone"});
  EXPECT_EQ(ids("?after=c-gone", gone), "bb b a end");
}

TEST(Paging, WrongValuesAreNamed) {
  for (const char* query : {"?limit=0", "?limit=101", "?limit=x", "?limit=3x", "?limit=-1"})
    EXPECT_EQ(ids(query), "limit") << query;
  EXPECT_EQ(ids("?order=up"), "order");
  EXPECT_EQ(ids("?before=%00"), "before");
}

std::string again(std::string_view text) {
  const auto read = read_attributes(json(text), "attributes");
  if (const auto* fault = std::get_if<InputFault>(&read)) return "fault: " + fault->message;
  const CustomMetadata metadata = metadata_of(std::get<Attributes>(read));
  EXPECT_TRUE(check_custom(metadata).ok());
  JsonWriter out;
  write_attributes(out, attributes_of(metadata));
  return out.take();
}

TEST(Attributes, ComeBackAsTheyWereGiven) {
  for (const std::string_view text :
       {R"({"lang":"en","year":2020,"part":0.5,"whole":3.0,"yes":true})", R"({"author":"Ann","source":"x"})",
        R"({"document_id":"d","filename":"f","created_at":"no date"})", R"({"$or":"a"})",
        R"({"attribute:author":1,"author":2})", R"({"when":"2026-05-06"})", R"({})"}) {
    const auto one = read_body_json(again(text));
    ASSERT_TRUE(std::holds_alternative<JsonValue>(one)) << again(text);
    EXPECT_EQ(again(again(text)), again(text));
    EXPECT_EQ(again(text).size(), text.size()) << again(text);
  }
  EXPECT_EQ(metadata_key("lang"), "lang");
  EXPECT_EQ(metadata_key("author"), "attribute:author");
}

TEST(Attributes, WrongOnesAreRefused) {
  const std::string key(65, 'k'), text(513, 't');
  for (const std::string& wrong :
       {std::string(R"([])"), std::string(R"({"":1})"), std::string(R"({"a":null})"),
        std::string(R"({"a":[1]})"), std::string(R"({"a":{}})"), "{\"" + key + "\":1}",
        "{\"a\":\"" + text + "\"}", std::string(R"({"a":1e999})")})
    EXPECT_TRUE(again(wrong).starts_with("fault: ")) << wrong;
  std::string many = "{";
  for (int i = 0; i < 17; ++i) many += (i > 0 ? ",\"k" : "\"k") + std::to_string(i) + "\":1";
  EXPECT_TRUE(again(many + "}").starts_with("fault: "));
}

// Whether a document with these attributes passes.
bool passes(std::string_view filter, std::string_view attributes) {
  const auto read = read_search_filter(json(filter));
  const auto* made = std::get_if<Filter>(&read);
  EXPECT_NE(made, nullptr) << filter;
  Metadata metadata;
  metadata.custom = metadata_of(std::get<Attributes>(read_attributes(json(attributes), "attributes")));
  return made != nullptr && matches(*made, "file-1", metadata);
}

TEST(SearchFilter, Comparisons) {
  constexpr std::string_view kDocument =
      R"({"lang":"en","year":2020,"author":"Ann","draft":false,"on":"2026-05-06"})";
  const auto holds = [&](std::string_view filter) { return passes(filter, kDocument); };
  EXPECT_TRUE(holds(R"({"type":"eq","key":"lang","value":"en"})"));
  EXPECT_FALSE(holds(R"({"type":"eq","key":"lang","value":"de"})"));
  EXPECT_FALSE(holds(R"({"type":"eq","key":"missing","value":"en"})"));
  EXPECT_TRUE(holds(R"({"type":"eq","key":"author","value":"Ann"})"));
  EXPECT_TRUE(holds(R"({"type":"eq","key":"draft","value":false})"));
  EXPECT_TRUE(holds(R"({"type":"eq","key":"on","value":"2026-05-06"})"));
  EXPECT_TRUE(holds(R"({"type":"ne","key":"lang","value":"de"})"));
  EXPECT_FALSE(holds(R"({"type":"ne","key":"lang","value":"en"})"));
  EXPECT_TRUE(holds(R"({"type":"gte","key":"year","value":2020})"));
  EXPECT_FALSE(holds(R"({"type":"gt","key":"year","value":2020.0})"));
  EXPECT_TRUE(holds(R"({"type":"lt","key":"year","value":2020.5})"));
  EXPECT_TRUE(holds(R"({"type":"lte","key":"on","value":"2026-12-31"})"));
  EXPECT_FALSE(holds(R"({"type":"lt","key":"missing","value":1})"));
  EXPECT_TRUE(holds(R"({"type":"in","key":"year","value":[2019,2020]})"));
  EXPECT_FALSE(holds(R"({"type":"in","key":"year","value":[]})"));
  EXPECT_TRUE(holds(R"({"type":"nin","key":"year","value":[2019]})"));
  EXPECT_FALSE(holds(R"({"type":"nin","key":"year","value":[2020]})"));
}

TEST(SearchFilter, GroupsNest) {
  constexpr std::string_view kNested =
      R"({"type":"and","filters":[{"type":"eq","key":"lang","value":"en"},{"type":"or","filters":[)"
      R"({"type":"lt","key":"year","value":2021},{"type":"gt","key":"year","value":2030}]}]})";
  EXPECT_TRUE(passes(kNested, R"({"lang":"en","year":2020})"));
  EXPECT_FALSE(passes(kNested, R"({"lang":"en","year":2025})"));
  EXPECT_FALSE(passes(kNested, R"({"lang":"de","year":2020})"));
}

TEST(SearchFilter, WrongOnesAreRefused) {
  std::string deep = R"({"type":"eq","key":"k","value":1})";
  for (int i = 0; i < 20; ++i) deep = R"({"type":"or","filters":[)" + deep + "]}";
  std::string wide = R"({"type":"or","filters":[)";
  for (int i = 0; i < 300; ++i)
    wide += std::string(i > 0 ? "," : "") + R"({"type":"eq","key":"k","value":1})";
  for (const std::string& wrong :
       {deep, wide + "]}", std::string("[]"), std::string("{}"), std::string(R"({"type":"like","key":"k"})"),
        std::string(R"({"type":"eq","value":1})"), std::string(R"({"type":"eq","key":"k"})"),
        std::string(R"({"type":"eq","key":"k","value":[1]})"),
        std::string(R"({"type":"in","key":"k","value":1})"),
        std::string(R"({"type":"gt","key":"k","value":"text"})"),
        std::string(R"({"type":"gt","key":"k","value":true})"), std::string(R"({"type":"and","filters":[]})"),
        std::string(R"({"type":"and"})"), std::string(R"({"type":"in","key":"k","value":[null]})")}) {
    const auto read = read_search_filter(json(wrong));
    ASSERT_TRUE(std::holds_alternative<InputFault>(read)) << wrong.substr(0, 80);
    EXPECT_EQ(std::get<InputFault>(read).param, "filters");
  }
}

}  // namespace
}  // namespace rappel
