#include "cli/args.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

std::vector<std::string> flat(const ParsedArgs& parsed) {
  std::vector<std::string> out;
  for (const auto& [spec, value] : parsed.flags) out.push_back(std::string(spec->name()) + "=" + value);
  for (const std::string& argument : parsed.arguments) out.push_back(argument);
  return out;
}

std::vector<std::string> parse(std::vector<std::string> args, unsigned command) {
  const auto parsed = parse_args(args, command);
  return parsed.ok() ? flat(*parsed) : std::vector<std::string>{parsed.status().message()};
}

using Words = std::vector<std::string>;

TEST(Args, FlagsValuesAndTheRest) {
  EXPECT_EQ(parse({"--top-k", "4", "what is it"}, kQueryCommand), (Words{"RERANK_FINAL_N=4", "what is it"}));
  EXPECT_EQ(parse({"what", "--rerank-final-n=4"}, kQueryCommand), (Words{"RERANK_FINAL_N=4", "what"}));
  EXPECT_EQ(parse({"--json", "--no-rerank", "q"}, kQueryCommand),
            (Words{"--json=true", "RERANK_ENABLE=false", "q"}));
  EXPECT_EQ(parse({"--rerank=no", "--filter", "a=b", "--filter=c=d"}, kQueryCommand),
            (Words{"RERANK_ENABLE=no", "--filter=a=b", "--filter=c=d"}));
  EXPECT_EQ(parse({"--", "--json", "-x"}, kQueryCommand), (Words{"--json", "-x"}));
  EXPECT_EQ(parse({"-"}, kQueryCommand), (Words{"-"}));
}

TEST(Args, TheSameFlagMeansTheCommandsOwnModel) {
  EXPECT_EQ(parse({"--model", "m"}, kEmbedCommand), (Words{"EMBEDDING_MODEL=m"}));
  EXPECT_EQ(parse({"--model", "m"}, kRerankCommand), (Words{"RERANK_MODEL=m"}));
  EXPECT_EQ(parse({"--model", "m"}, kServeCommand), (Words{"unknown option --model; did you mean --local?"}));
}

TEST(Args, Mistakes) {
  EXPECT_EQ(parse({"--outpts", "dense"}, kEmbedCommand),
            (Words{"unknown option --outpts; did you mean --outputs?"}));
  EXPECT_EQ(parse({"--port"}, kServeCommand), (Words{"--port needs a value: --port PORT"}));
  EXPECT_EQ(parse({"--no-rerank=1"}, kQueryCommand),
            (Words{"--no-rerank takes no value; write --no-rerank alone"}));
  EXPECT_EQ(parse({"--no-port"}, kServeCommand).size(), 1u);
  EXPECT_NE(parse({"--no-port"}, kServeCommand)[0].find("unknown option --no-port"), std::string::npos);
}

TEST(Args, FlagThatTakesTwoArguments) {
  EXPECT_EQ(parse({"set", "--compare", "a", "b c", "--json"}, kEvalCommand),
            (Words{"--compare=a", "--compare=b c", "--json=true", "set"}));
  EXPECT_EQ(parse({"--compare=a", "b", "set"}, kEvalCommand), (Words{"--compare=a", "--compare=b", "set"}));
  EXPECT_EQ(parse({"--compare", "a"}, kEvalCommand), (Words{"--compare needs more values: --compare A B"}));
  EXPECT_EQ(parse({"--compare=a"}, kEvalCommand), (Words{"--compare needs more values: --compare A B"}));
}

TEST(Args, NearestWord) {
  const std::vector<std::string> words{"embed", "rerank", "serve", "ingest"};
  EXPECT_EQ(nearest_word("embedd", words), "embed");
  EXPECT_EQ(nearest_word("injest", words), "ingest");
  EXPECT_EQ(nearest_word("xyzzy", words), "");
}

}  // namespace
}  // namespace rappel
