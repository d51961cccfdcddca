#include "config/env_merge.h"

#include <gtest/gtest.h>

#include "config/dotenv.h"

namespace rappel {
namespace {

struct Case {
  const char* before;
  const char* after;
};

const std::vector<Setting> kSettings{{"A", "1"}, {"B", "x/y"}};

// Each file after merging A=1 and B=x/y.
const Case kCases[] = {
    {"", "# tuned\nA=1\nB=x/y\n"},
    {"A=1\nB=x/y\n", "A=1\nB=x/y\n"},
    {"A='1'\nB=\"x/y\"", "A='1'\nB=\"x/y\""},
    {"A=2\nB=z\n", "A=1\nB=x/y\n"},
    {"# head\nTOKEN=se cret # mine\n\n  export A = 2   # why\nC=3\n",
     "# head\nTOKEN=se cret # mine\n\n  export A = 1   # why\nC=3\n\n# tuned\nB=x/y\n"},
    {"A=0\nA=2\nB='old'#c\n", "A=0\nA=1\nB='x/y'#c\n"},
    {"B=\"two\nlines\"\nA=\n", "B=\"x/y\"\nA=1\n"},
    {"A= #x\nB=#y\n", "A= 1 #x\nB=x/y\n"},
    {"A=2\r\nC=3", "A=1\r\nC=3\r\n\r\n# tuned\r\nB=x/y\r\n"},
    {"\xEF\xBB\xBF"
     "A=2\nB=2\n",
     "\xEF\xBB\xBF"
     "A=1\nB=x/y\n"},
    {"A\nodd line\nB=${A:-x}/y\n", "A\nodd line\nB=${A:-x}/y\n\n# tuned\nA=1\n"},
    {"AA=2\n#A=3\nB=\"open\nB=w\n", "AA=2\n#A=3\nB=\"open\nB=x/y\n\n# tuned\nA=1\n"},
};

TEST(EnvMerge, ChangesTheValuesAndNothingElse) {
  for (const Case& c : kCases) {
    const EnvMerge merge = merge_env(c.before, kSettings, "tuned");
    EXPECT_EQ(merge.content, c.after) << c.before;
    const EnvFile file = parse_env_file(merge.content, {});
    EXPECT_EQ(file.entries.at("A").value, "1") << c.before;
    EXPECT_EQ(file.entries.at("B").value, "x/y") << c.before;
    const EnvMerge again = merge_env(merge.content, kSettings, "tuned");
    EXPECT_EQ(again.content, merge.content);
    EXPECT_TRUE(again.changes.empty());
  }
}

TEST(EnvMerge, TellsWhatChanges) {
  EXPECT_EQ(describe_changes(merge_env("A=2\n", kSettings, "tuned")), "- A=2\n+ A=1\n+ B=x/y\n");
  EXPECT_EQ(describe_changes(merge_env("A=1\nB=x/y\n", kSettings, "tuned")), "no change\n");
}

}  // namespace
}  // namespace rappel
