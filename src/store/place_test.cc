#include "store/place.h"

#include <gtest/gtest.h>

#include "codec/json.h"
#include "store/metadata_json.h"
#include "store/types.h"

namespace rappel {
namespace {

Place full_place() {
  Place place;
  place.files = {"inbox/1.eml", "report.pdf"};
  place.page = 12;
  place.last_page = 13;
  place.page_label = "iv";
  place.last_page_label = "v";
  place.slide = 1;
  place.last_slide = 2;
  place.message = 3;
  place.sheet = "Budget \"2024\"";
  place.row = 2;
  place.last_row = UINT32_MAX;
  place.columns = "Item\tPrice";
  place.chapter = "On";
  place.section = {"3 R\xC3\xA9sultats", "3.2"};
  place.last_section = {"4"};
  return place;
}

std::string members_text(const Chunk& chunk) {
  Json json = Json::object();
  for (const auto& [name, value] : place_members(chunk)) json[name] = value_json(value);
  return dump_json(json);
}

TEST(Place, TextIsReadBack) {
  const Place place = full_place();
  EXPECT_EQ(*parse_place(place_text_of(place)), place);
  Place page;
  page.page = 2;
  EXPECT_EQ(place_text_of(page), R"({"page":2})");
  EXPECT_EQ(*parse_place(R"({"page":2,"of a later version":[]})"), page);
  EXPECT_EQ(place_text_of({}), "");
  EXPECT_TRUE(parse_place("")->empty());
}

TEST(Place, OtherTextsAreRefused) {
  for (const char* text : {"[]", "{", R"({"page":-1})", R"({"page":4294967296})", R"({"page":"2"})",
                           R"({"section":["a",1]})", R"({"sheet":null})"})
    EXPECT_FALSE(parse_place(text).ok()) << text;
}

TEST(Place, AnswersNameWhatIsKnown) {
  Chunk chunk;
  chunk.begin = 7;
  chunk.end = 9;
  EXPECT_EQ(members_text(chunk), "{}");
  chunk.place.page = 2;
  chunk.place.section = {"A", "B"};
  EXPECT_EQ(members_text(chunk), R"({"page":2,"section":"A > B","begin":7,"end":9})");
  chunk.place = full_place();
  EXPECT_EQ(
      members_text(chunk),
      R"({"inner_file":"inbox/1.eml > report.pdf","page":12,"last_page":13,"page_label":"iv",)"
      R"("last_page_label":"v","slide":1,"last_slide":2,"message":3,"sheet":"Budget \"2024\"","row":2,)"
      R"("last_row":4294967295,"columns":"Item\tPrice","chapter":"On","section":"3 Résultats > 3.2","last_section":"4",)"
      R"("begin":7,"end":9})");
}

TEST(Place, PhraseIsForCitations) {
  Place place;
  EXPECT_EQ(place_phrase(place), "");
  place.page = 12;
  place.section = {"3 Results", "3.2 Recall"};
  EXPECT_EQ(place_phrase(place), "page 12, section 3 Results > 3.2 Recall");
  place.last_page = 13;
  EXPECT_EQ(place_phrase(place), "pages 12-13, section 3 Results > 3.2 Recall");
  place.page_label = "xii";
  EXPECT_EQ(place_phrase(place), "pages xii-13, section 3 Results > 3.2 Recall");
  Place rows;
  rows.files = {"budget.xlsx"};
  rows.sheet = "Plan";
  rows.row = 4;
  rows.last_row = 9;
  EXPECT_EQ(place_phrase(rows), "budget.xlsx, sheet Plan, rows 4-9");
}

TEST(Place, BytesGrowWithTheTexts) {
  Place place;
  EXPECT_EQ(place_bytes(place), 0u);
  place.section = {std::string(100, 'x')};
  EXPECT_GE(place_bytes(place), 100u);
}

}  // namespace
}  // namespace rappel
