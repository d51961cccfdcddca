#include "doctor/server_log.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

constexpr char kTime[] = "2026-11-23T10:00:00.123Z ";

TEST(ServerLog, LinesOfTheLoggerAndLastWords) {
  const ServerLog log = parse_server_log(
      "2026-11-23T10:00:00.123Z info    embedder: device cpu: AMD EPYC, AVX-512 VNNI, 2 threads\n"
      "2026-11-23T10:00:01.000Z warning a token of BEARER_TOKEN is only 3 characters long and may be "
      "guessed\r\n"
      "\n"
      "rappel: EMBEDDING_BATCH=abc in .env line 3: expected a whole number 1..1024\n"
      "RERANK_K=0 in the environment: expected a whole number 1..1000",
      10);
  ASSERT_EQ(log.lines.size(), 4u);
  EXPECT_EQ(log.lines[0].number, 10u);
  EXPECT_EQ(log.lines[0].level, LogLevel::kInfo);
  EXPECT_EQ(log.lines[0].text, "embedder: device cpu: AMD EPYC, AVX-512 VNNI, 2 threads");
  EXPECT_EQ(log.lines[1].level, LogLevel::kWarn);
  EXPECT_EQ(log.lines[1].text, "a token of BEARER_TOKEN is only 3 characters long and may be guessed");
  EXPECT_TRUE(log.lines[1].logged);
  EXPECT_EQ(log.lines[2].number, 13u) << "empty lines count";
  EXPECT_TRUE(log.lines[2].fatal);
  EXPECT_EQ(log.lines[2].text, "EMBEDDING_BATCH=abc in .env line 3: expected a whole number 1..1024");
  EXPECT_TRUE(log.lines[3].fatal) << "the second line of one message";
  EXPECT_FALSE(log.lines[3].logged);
}

TEST(ServerLog, PrefixesOfJournaldAndContainers) {
  for (const std::string prefix : {"Nov 23 10:00:00 host rappel[812]: ",
                                   "2026-11-23T10:00:00+0000 host rappel[812]: ", "rappel-1  | "}) {
    const ServerLog log = parse_server_log(prefix + kTime + "error   embedder: lost\n" + prefix +
                                           "rappel: BEARER_TOKEN is not set\n");
    ASSERT_EQ(log.lines.size(), 2u) << prefix;
    EXPECT_EQ(log.lines[0].text, "embedder: lost") << prefix;
    EXPECT_EQ(log.lines[0].level, LogLevel::kError) << prefix;
    EXPECT_EQ(log.lines[1].text, "BEARER_TOKEN is not set") << prefix;
    EXPECT_TRUE(log.lines[1].fatal) << prefix;
  }
  const ServerLog other = parse_server_log(
      "the words rappel: inside a line\nNov 23 host kernel: Out of memory: Killed process 812 (rappel)\n");
  EXPECT_FALSE(other.lines[0].fatal);
  EXPECT_FALSE(other.lines[1].fatal);
}

TEST(ServerLog, LinesInJson) {
  const std::string line =
      R"({"time":"2026-12-01T10:00:00.123Z","level":"error","message":"embedder: \"cpu\" lost","request_id":"a"})";
  for (const std::string prefix : {"", "Dec 01 10:00:00 host rappel[812]: ", "rappel-1  | "}) {
    const ServerLog log = parse_server_log(prefix + line + "\n");
    ASSERT_EQ(log.lines.size(), 1u);
    EXPECT_TRUE(log.lines[0].logged);
    EXPECT_EQ(log.lines[0].level, LogLevel::kError);
    EXPECT_EQ(log.lines[0].text, "embedder: \"cpu\" lost");
  }
  EXPECT_FALSE(parse_server_log(line.substr(0, 60)).lines[0].logged) << "a line that was cut";
}

std::vector<int> runs(const std::string& text) {
  std::vector<int> numbers;
  for (const ServerLogLine& line : parse_server_log(text).lines) numbers.push_back(line.run);
  return numbers;
}

TEST(ServerLog, EachStartIsARunOfItsOwn) {
  const std::string time = kTime, embedder = time + "info    embedder: device cpu\n",
                    reranker = time + "info    reranker: device cpu\n", stopped = time + "info    stopped\n",
                    fatal = "rappel: something\n";
  EXPECT_EQ(runs(embedder + reranker + embedder + reranker), (std::vector{0, 0, 1, 1}))
      << "killed in between";
  EXPECT_EQ(runs(reranker + embedder + embedder + reranker), (std::vector{0, 0, 1, 1}))
      << "loaded side by side";
  EXPECT_EQ(runs(embedder + stopped + time + "warning --no-auth\n" + embedder), (std::vector{0, 0, 1, 1}));
  EXPECT_EQ(runs(fatal + fatal + embedder), (std::vector{0, 1, 2}));
  EXPECT_EQ(
      runs(fatal + "systemd[1]: rappel.service: Main process exited, code=exited, status=2\n" + embedder),
      (std::vector{0, 0, 1}));
  EXPECT_EQ(runs(fatal + "its second line\n" + embedder), (std::vector{0, 0, 1}));
}

TEST(ServerLog, AnAbruptEnd) {
  const std::string time = kTime, begun = time + "info    embedder: device cpu\n";
  EXPECT_TRUE(parse_server_log(begun).ends_abruptly());
  EXPECT_TRUE(parse_server_log(begun + time + "info    stopped\n" + begun).ends_abruptly());
  EXPECT_FALSE(parse_server_log(begun + time + "info    stopped\n").ends_abruptly());
  EXPECT_FALSE(parse_server_log(begun + time + "info    stopped: no request was cut\n").ends_abruptly());
  EXPECT_FALSE(parse_server_log(begun + "rappel: no\n").ends_abruptly());
  EXPECT_FALSE(parse_server_log("").ends_abruptly());
  EXPECT_FALSE(parse_server_log("some other text\n").ends_abruptly());
}

}  // namespace
}  // namespace rappel
