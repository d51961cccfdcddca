#include "store/filter.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

Metadata full() {
  Metadata m;
  m.source = "email";
  m.source_id = "s1";
  m.url = "http://a";
  m.created_at = "2021-01-21T10:00:00+02:00";
  m.author = "Al";
  m.filename = "a.txt";
  return m;
}

TEST(Filter, EqualityIsOnBytesAndNullEqualsNothing) {
  EXPECT_TRUE(matches(Filter::equals(FilterField::kDocumentId, "d"), "d", {}));
  EXPECT_FALSE(matches(Filter::equals(FilterField::kDocumentId, "D"), "d", {}));
  const std::pair<FilterField, const char*> fields[] = {{FilterField::kSource, "email"},
                                                        {FilterField::kSourceId, "s1"},
                                                        {FilterField::kUrl, "http://a"},
                                                        {FilterField::kAuthor, "Al"},
                                                        {FilterField::kFilename, "a.txt"}};
  for (const auto& [field, value] : fields) {
    EXPECT_TRUE(matches(Filter::equals(field, value), "d", full()));
    EXPECT_FALSE(matches(Filter::equals(field, std::string(value) + " "), "d", full()));
    EXPECT_FALSE(matches(Filter::equals(field, value), "d", {}));
    EXPECT_FALSE(matches(Filter::equals(field, ""), "d", {}));
  }
}

TEST(Filter, DateBoundsAreInclusiveOnTheParsedSecond) {
  const std::int64_t second = 1611216000;  // 10:00 at +02:00
  EXPECT_TRUE(matches(Filter::created_at_or_after(second), "d", full()));
  EXPECT_FALSE(matches(Filter::created_at_or_after(second + 1), "d", full()));
  EXPECT_TRUE(matches(Filter::created_at_or_before(second), "d", full()));
  EXPECT_FALSE(matches(Filter::created_at_or_before(second - 1), "d", full()));
  EXPECT_FALSE(matches(Filter::created_at_or_after(INT64_MIN), "d", {}));
  EXPECT_FALSE(matches(Filter::created_at_or_before(INT64_MAX), "d", {}));
}

TEST(Filter, AndOfNothingIsEverything) {
  EXPECT_TRUE(Filter::all().unrestricted());
  EXPECT_TRUE(Filter::both_of({}).unrestricted());
  EXPECT_TRUE(Filter::both_of({Filter::all(), Filter::both_of({})}).unrestricted());
  const Filter author = Filter::equals(FilterField::kAuthor, "Al");
  EXPECT_FALSE(Filter::both_of({Filter::all(), author}).unrestricted());
  EXPECT_TRUE(matches(Filter::both_of({}), "d", {}));
  EXPECT_TRUE(matches(Filter::both_of({author, Filter::equals(FilterField::kSource, "email")}), "d", full()));
  EXPECT_FALSE(matches(Filter::both_of({author, Filter::equals(FilterField::kSource, "chat")}), "d", full()));
}

}  // namespace
}  // namespace rappel
