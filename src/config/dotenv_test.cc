#include "config/dotenv.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

struct Case {
  const char* text;
  std::map<std::string, std::string> values;
};

// The values of python-dotenv 1.x for the same text, with OUTER="from outside" in the environment; ${OUTER}
// as load_dotenv resolves it (the environment goes first).
const Case kCases[] = {
    {"A=1", {{"A", "1"}}},
    {"A = 1 ", {{"A", "1"}}},
    {"export A=1", {{"A", "1"}}},
    {"  export   A=1  # c", {{"A", "1"}}},
    {"A=", {{"A", ""}}},
    {"A", {}},
    {"A='x # y'", {{"A", "x # y"}}},
    {"A=\"x\\ny\\\"z\"", {{"A", "x\ny\"z"}}},
    {"A='it\\'s \\n'", {{"A", "it's \\n"}}},
    {"A=a#b", {{"A", "a#b"}}},
    {"A=a #b", {{"A", "a"}}},
    {"A=a\t# b", {{"A", "a"}}},
    {"# c\nA=1\n\nB=2\r\nC=3\r\n", {{"A", "1"}, {"B", "2"}, {"C", "3"}}},
    {"A=\"two\nlines\"\nB=1", {{"A", "two\nlines"}, {"B", "1"}}},
    {"A='two\nlines'\nB=1", {{"A", "two\nlines"}, {"B", "1"}}},
    {"A=1\nA=2", {{"A", "2"}}},
    {"A=x\nB=${A}y", {{"A", "x"}, {"B", "xy"}}},
    {"B=${OUTER}", {{"B", "from outside"}}},
    {"OUTER=inner\nB=${OUTER}", {{"OUTER", "inner"}, {"B", "from outside"}}},
    {"B=${NOPE}", {{"B", ""}}},
    {"B=${NOPE:-other}", {{"B", "other"}}},
    {"B='${OUTER}'", {{"B", "from outside"}}},
    {"B=\"${OUTER}!\"", {{"B", "from outside!"}}},
    {"B=$OUTER", {{"B", "$OUTER"}}},
    {"B=${", {{"B", "${"}}},
    {"'A B'=1", {{"A B", "1"}}},
    {"A B=1\nC=2", {{"C", "2"}}},
    {"A=\"open\nB=1", {{"B", "1"}}},
    {"A='open\nB=1", {{"B", "1"}}},
    {"=x\nB=1", {{"B", "1"}}},
    {"A=\"x\" y\nB=1", {{"B", "1"}}},
    {"A=\"x\"# y\nB=1", {{"A", "x"}, {"B", "1"}}},
    {"A=\"x\" # y", {{"A", "x"}}},
    {"A==1", {{"A", "=1"}}},
    {"A=a=b", {{"A", "a=b"}}},
    {"A=a b c", {{"A", "a b c"}}},
    {"A=\\n", {{"A", "\\n"}}},
    {"A=\"a\\qb\"", {{"A", "a\\qb"}}},
    {"A=\303\251\344\270\255", {{"A", "\303\251\344\270\255"}}},
    {"A=  'sp '  ", {{"A", "sp "}}},
    {"export=1", {{"export", "1"}}},
    {"exportA=1", {{"exportA", "1"}}},
    {"A=#x", {{"A", "#x"}}},
    {"A= #x", {{"A", ""}}},
    {"A=b#", {{"A", "b#"}}},
    {"\357\273\277A=1", {{"A", "1"}}},
    {"A=${OUTER:-x}", {{"A", "from outside"}}},
    {"A=a${OUTER}b${NOPE}c", {{"A", "afrom outsidebc"}}},
    {"A=\"\"", {{"A", ""}}},
    {"A=''", {{"A", ""}}},
    {"A=1\rB=2", {{"A", "1"}, {"B", "2"}}},
    {"A=\"tab\\there\"", {{"A", "tab\there"}}},
    {"BEARER_TOKEN=abc,def", {{"BEARER_TOKEN", "abc,def"}}},
    {"A=1;B=2", {{"A", "1;B=2"}}},
    {"export A", {}},
    {"A=x \\# y", {{"A", "x \\# y"}}},
    {"A=\"\\\\\"\nB=2", {{"A", "\\"}, {"B", "2"}}},
};

TEST(Dotenv, ReadsAsPythonDotenv) {
  const Environment environment{{"OUTER", "from outside"}};
  for (const Case& c : kCases) {
    std::map<std::string, std::string> values;
    for (const auto& [key, entry] : parse_env_file(c.text, environment).entries) values[key] = entry.value;
    EXPECT_EQ(values, c.values) << c.text;
  }
}

TEST(Dotenv, ReferencesHaveABudget) {
  std::string doubled = "Y0=0123456789\n";
  for (int i = 1; i <= 30; ++i) {
    const std::string before = "${Y" + std::to_string(i - 1) + "}";
    doubled += "Y" + std::to_string(i) + "=" + before + before + "\n";
  }
  EnvFile file = parse_env_file(doubled + "Z=1\n", {});
  EXPECT_EQ(file.refusal,
            "line 17: the ${NAME} references up to here put in more than 1048576 bytes; write the value out");
  EXPECT_EQ(file.problems, std::vector<std::string>{file.refusal});
  EXPECT_EQ(file.entries.at("Y15").value.size(), 10u << 15);
  EXPECT_EQ(file.entries.count("Y16") + file.entries.count("Z"), 0u);

  std::string repeated = "A=" + std::string(1000, 'a') + "\n";
  for (int i = 0; i < 2000; ++i) repeated += "B" + std::to_string(i) + "=${A}\n";
  EXPECT_TRUE(parse_env_file(repeated, {}).refusal.starts_with("line 1050: "));
}

TEST(Dotenv, TellsLinesAndProblems) {
  const EnvFile file =
      parse_env_file("# head\n\nA=1\nthis is no setting\nB=\"two\nlines\"\nC=\"open\nD=4\n", {});
  ASSERT_EQ(file.entries.size(), 3u);
  EXPECT_EQ(file.entries.at("A").line, 3);
  EXPECT_EQ(file.entries.at("B").line, 5);
  EXPECT_EQ(file.entries.at("D").line, 8);
  ASSERT_EQ(file.problems.size(), 2u);
  EXPECT_EQ(file.problems[0], "line 4: expected KEY=value");
  EXPECT_EQ(file.problems[1], "line 7: expected KEY=value");
}

}  // namespace
}  // namespace rappel
