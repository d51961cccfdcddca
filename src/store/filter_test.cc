#include "store/filter.h"

#include <gtest/gtest.h>

#include <cmath>

namespace rappel {
namespace {

Metadata full() {
  Metadata m;
  m.source = "email";
  m.source_id = "s1";
  m.url = "http://a";
  m.created_at = Timestamp{"2021-01-21T10:00:00+02:00", 1611216000};
  m.author = "Al";
  m.filename = "a.txt";
  m.filesize = 9007199254740993;
  m.custom = {{"pages", std::int64_t{3}},
              {"share", 0.5},
              {"draft", false},
              {"due", Timestamp{"2024-05-06", 1714953600}},
              {"tags", std::vector<std::string>{"red", "blue"}},
              {"none", std::vector<std::string>{}},
              {"department", std::string("sales")}};
  return m;
}

bool holds(const Filter& filter) { return matches(filter, "d", full()); }
MetadataValue text(const char* value) { return std::string(value); }

TEST(Filter, TextEqualityComparesBytesAndAMissingKeyEqualsNothing) {
  EXPECT_TRUE(matches(Filter::document("d"), "d", {}));
  EXPECT_FALSE(matches(Filter::document("D"), "d", {}));
  const std::pair<const char*, const char*> keys[] = {
      {"source", "email"},   {"source_id", "s1"},
      {"url", "http://a"},   {"author", "Al"},
      {"filename", "a.txt"}, {"department", "sales"},
      {"due", "2024-05-06"}, {"created_at", "2021-01-21T10:00:00+02:00"}};
  for (const auto& [key, value] : keys) {
    EXPECT_TRUE(holds(Filter::equals(key, text(value)))) << key;
    EXPECT_FALSE(holds(Filter::equals(key, std::string(value) + " "))) << key;
    EXPECT_FALSE(matches(Filter::equals(key, text(value)), "d", {})) << key;
    EXPECT_FALSE(matches(Filter::equals(key, text("")), "d", {})) << key;
  }
}

TEST(Filter, DateBoundsAreInclusiveOnTheParsedSecond) {
  const std::int64_t second = 1611216000;  // 10:00 at +02:00
  EXPECT_TRUE(holds(Filter::created_at_or_after(second)));
  EXPECT_FALSE(holds(Filter::created_at_or_after(second + 1)));
  EXPECT_TRUE(holds(Filter::created_at_or_before(second)));
  EXPECT_FALSE(holds(Filter::created_at_or_before(second - 1)));
  EXPECT_FALSE(matches(Filter::created_at_or_after(INT64_MIN), "d", {}));
  EXPECT_FALSE(matches(Filter::created_at_or_before(INT64_MAX), "d", {}));
}

TEST(Filter, NumbersCompareByValueAndExactly) {
  EXPECT_TRUE(holds(Filter::equals("pages", 3.0)));
  EXPECT_FALSE(holds(Filter::equals("pages", text("3"))));
  EXPECT_FALSE(holds(Filter::equals("draft", std::int64_t{0})));
  EXPECT_TRUE(holds(Filter::equals("draft", false)));
  EXPECT_TRUE(holds(Filter::compare(Filter::Op::kGreater, "share", 0.25)));
  EXPECT_TRUE(holds(Filter::compare(Filter::Op::kLess, "share", std::int64_t{1})));
  EXPECT_TRUE(holds(Filter::compare(Filter::Op::kLessOrEqual, "pages", 3.0)));
  // 2^53 + 1 has no double of its own.
  EXPECT_FALSE(holds(Filter::equals("filesize", 9007199254740992.0)));
  EXPECT_TRUE(holds(Filter::compare(Filter::Op::kGreater, "filesize", 9007199254740992.0)));
  EXPECT_TRUE(holds(Filter::compare(Filter::Op::kLess, "filesize", 1e300)));
  EXPECT_TRUE(holds(Filter::compare(Filter::Op::kGreater, "filesize", -1e300)));
}

TEST(Filter, NothingIsEqualToNanOrOrderedByIt) {
  for (const char* key : {"pages", "share"}) {
    EXPECT_FALSE(holds(Filter::equals(key, std::nan(""))));
    for (const auto op :
         {Filter::Op::kLess, Filter::Op::kLessOrEqual, Filter::Op::kGreater, Filter::Op::kGreaterOrEqual})
      EXPECT_FALSE(holds(Filter::compare(op, key, std::nan("")))) << key;
  }
}

TEST(Filter, OrderExistsBetweenNumbersAndBetweenDatesOnly) {
  EXPECT_TRUE(holds(Filter::compare(Filter::Op::kGreaterOrEqual, "due", Timestamp{"2024", 1704067200})));
  EXPECT_FALSE(holds(Filter::compare(Filter::Op::kGreaterOrEqual, "due", std::int64_t{0})));
  EXPECT_FALSE(holds(Filter::compare(Filter::Op::kGreaterOrEqual, "department", text("a"))));
  EXPECT_FALSE(holds(Filter::compare(Filter::Op::kLess, "department", text("z"))));
  EXPECT_FALSE(holds(Filter::compare(Filter::Op::kGreaterOrEqual, "draft", std::int64_t{0})));
}

TEST(Filter, ListsContainAndAnyOfTakesOneOf) {
  EXPECT_TRUE(holds(Filter::equals("tags", text("blue"))));
  EXPECT_FALSE(holds(Filter::equals("tags", text("green"))));
  EXPECT_FALSE(holds(Filter::equals("none", text(""))));
  EXPECT_TRUE(holds(Filter::any_of("tags", {text("green"), text("red")})));
  EXPECT_TRUE(holds(Filter::any_of("pages", {text("3"), std::int64_t{3}})));
  EXPECT_FALSE(holds(Filter::any_of("pages", {})));
}

TEST(Filter, AMissingKeyFailsEveryConditionButMissingAndNotEquals) {
  EXPECT_TRUE(holds(Filter::compare(Filter::Op::kNotEquals, "department", text("x"))));
  EXPECT_FALSE(holds(Filter::compare(Filter::Op::kNotEquals, "department", text("sales"))));
  EXPECT_TRUE(holds(Filter::compare(Filter::Op::kNotEquals, "pages", text("3"))));
  EXPECT_TRUE(holds(Filter::compare(Filter::Op::kNotEquals, "depratment", text("x"))));
  EXPECT_FALSE(holds(Filter::compare(Filter::Op::kPrefix, "depratment", text(""))));
  EXPECT_TRUE(holds(Filter::negation(Filter::equals("depratment", text("x")))));
  EXPECT_FALSE(holds(Filter::exists("depratment", true)));
  EXPECT_TRUE(holds(Filter::exists("depratment", false)));
  EXPECT_TRUE(holds(Filter::exists("none", true)));
  EXPECT_FALSE(holds(Filter::exists("author", false)));
}

TEST(Filter, AbsenceOfACustomKeyIsRecognised) {
  EXPECT_TRUE(
      Filter::both_of({Filter::equals("author", "Al"), Filter::exists("k", false)}).selects_by_absence());
  EXPECT_FALSE(Filter::exists("author", false).selects_by_absence());
  EXPECT_FALSE(Filter::exists("k", true).selects_by_absence());
  EXPECT_TRUE(Filter::compare(Filter::Op::kNotEquals, "k", text("x")).selects_by_absence());
  EXPECT_FALSE(Filter::compare(Filter::Op::kNotEquals, "author", text("x")).selects_by_absence());
  EXPECT_TRUE(Filter::negation(Filter::equals("k", text("x"))).selects_by_absence());
  EXPECT_FALSE(Filter::negation(Filter::equals("document_id", text("x"))).selects_by_absence());
  EXPECT_TRUE(Filter::either_of({Filter::equals("author", text("Al")), Filter::exists("k", false)})
                  .selects_by_absence());
}

TEST(Filter, GroupsJoinConditions) {
  const Filter yes = Filter::equals("author", text("Al")), no = Filter::equals("author", text("Ben"));
  EXPECT_TRUE(holds(Filter::either_of({no, yes})));
  EXPECT_FALSE(holds(Filter::either_of({no, no})));
  EXPECT_FALSE(holds(Filter::either_of({}))) << "any of nothing";
  EXPECT_TRUE(holds(Filter::negation(no)));
  EXPECT_FALSE(holds(Filter::negation(yes)));
  EXPECT_TRUE(holds(Filter::negation(Filter::either_of({no, Filter::both_of({yes, no})}))));
  EXPECT_TRUE(Filter::either_of({yes, Filter::all()}).unrestricted());
  EXPECT_FALSE(Filter::either_of({yes}).unrestricted());
}

TEST(Filter, ListsWithoutValuesRestrictNothingWhenNegated) {
  const Filter none = Filter::any_of("author", {}), author = Filter::equals("author", text("Al"));
  Filter none_of = none;
  none_of.op = Filter::Op::kNotEquals;
  for (const Filter& everything :
       {none_of, Filter::negation(none), Filter::negation(Filter::both_of({author, none})),
        Filter::negation(Filter::either_of({none, none})), Filter::negation(Filter::either_of({})),
        Filter::negation(Filter::negation(none_of)), Filter::either_of({author, none_of})}) {
    EXPECT_TRUE(everything.unrestricted());
    EXPECT_TRUE(holds(everything));
  }
  for (const Filter& part :
       {none, Filter::negation(author), Filter::negation(Filter::either_of({none, author})),
        Filter::both_of({none_of, author}), Filter::negation(none_of)})
    EXPECT_FALSE(part.unrestricted());
}

TEST(Filter, PartsOfTextsAndItemsOfLists) {
  const auto part = [](Filter::Op op, const char* key, const char* wanted) {
    return holds(Filter::compare(op, key, text(wanted)));
  };
  EXPECT_TRUE(part(Filter::Op::kPrefix, "department", "sal"));
  EXPECT_FALSE(part(Filter::Op::kPrefix, "department", "ales"));
  EXPECT_TRUE(part(Filter::Op::kPrefix, "department", ""));
  EXPECT_TRUE(part(Filter::Op::kContains, "department", "ale"));
  EXPECT_FALSE(part(Filter::Op::kContains, "department", "Ale"));
  EXPECT_TRUE(part(Filter::Op::kPrefix, "tags", "bl")) << "an item begins with it";
  EXPECT_TRUE(part(Filter::Op::kContains, "tags", "blue"));
  EXPECT_FALSE(part(Filter::Op::kContains, "tags", "lu")) << "a list contains whole items";
  EXPECT_FALSE(part(Filter::Op::kContains, "pages", "3")) << "a number has no text";
}

TEST(Filter, AndOfNothingIsEverything) {
  EXPECT_TRUE(Filter::all().unrestricted());
  EXPECT_TRUE(Filter::both_of({}).unrestricted());
  EXPECT_TRUE(Filter::both_of({Filter::all(), Filter::both_of({})}).unrestricted());
  const Filter author = Filter::equals("author", text("Al"));
  EXPECT_FALSE(Filter::both_of({Filter::all(), author}).unrestricted());
  EXPECT_TRUE(matches(Filter::both_of({}), "d", {}));
  EXPECT_TRUE(holds(Filter::both_of({author, Filter::equals("source", text("email"))})));
  EXPECT_FALSE(holds(Filter::both_of({author, Filter::equals("source", text("chat"))})));
}

TEST(Filter, ConditionsAndValuesAreBounded) {
  const Filter one = Filter::equals("author", text("x"));
  EXPECT_TRUE(check_filter(Filter::both_of(std::vector<Filter>(kMaxFilterConditions, one))).ok());
  EXPECT_EQ(check_filter(Filter::both_of(std::vector<Filter>(kMaxFilterConditions + 1, one))).code(),
            Code::kInvalidArgument);
  Filter deep = one;
  for (std::size_t i = 1; i < kMaxFilterDepth; ++i) deep = Filter::negation(std::move(deep));
  EXPECT_TRUE(check_filter(deep).ok());
  EXPECT_EQ(check_filter(Filter::negation(deep)).code(), Code::kInvalidArgument);
  EXPECT_TRUE(check_filter(Filter::both_of({Filter::both_of({deep})})).ok()) << "kAnd is no level";
  EXPECT_EQ(
      check_filter(Filter::any_of("a", std::vector<MetadataValue>(kMaxFilterValues + 1, text("x")))).code(),
      Code::kInvalidArgument);
}

}  // namespace
}  // namespace rappel
