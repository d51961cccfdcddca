#include "base/os/child.h"

#include <gtest/gtest.h>

#include <csignal>

namespace rappel {
namespace {

class ChildTest : public testing::Test {
 protected:
  ChildTest() { std::signal(SIGPIPE, SIG_IGN); }

  Result<ChildEnd> shell(const std::string& script, const std::string& input = {},
                         const std::string& head = {}) {
    ChildCommand command{{"/bin/sh", "-c", script},
                         {{"GREETING", "hello"}, {"PATH", "/usr/bin:/bin"}},
                         input,
                         [this] { ++waits_; },
                         head};
    return run_child_by_lines(
        command, [this](std::string_view line) { hear(line); }, stop_.get_token());
  }

  void hear(std::string_view line) {
    lines_.emplace_back(line);
    if (stop_at_first_line_) stop_.request_stop();
  }

  std::vector<std::string> lines_;
  std::stop_source stop_;
  bool stop_at_first_line_ = false;
  int waits_ = 0;
};

TEST_F(ChildTest, InputLinesEnvironmentAndExitStatus) {
  const auto end = shell("cat; echo \"$GREETING\"; printf last; echo trouble >&2; exit 3", "one\ntwo\n");
  ASSERT_TRUE(end.ok()) << end.status().to_string();
  EXPECT_EQ((*end).code, 3);
  EXPECT_EQ((*end).errors, "trouble\n");
  EXPECT_EQ(lines_, (std::vector<std::string>{"one", "two", "hello", "last"}));
}

TEST_F(ChildTest, HeadComesBeforeTheInput) {
  ASSERT_TRUE(shell("cat", "input\n", "head\n").ok());
  EXPECT_EQ(lines_, (std::vector<std::string>{"head", "input"}));
}

TEST_F(ChildTest, TellsOfInputThatWasWritten) {
  const std::string input(300'000, 'x');
  std::size_t passed = 0;
  ChildCommand command{{"/bin/sh", "-c", "cat > /dev/null"}, {{"PATH", "/usr/bin:/bin"}}, input, {}};
  command.head = "head";
  command.passed = [&](std::string_view part) {
    EXPECT_EQ(part.data(), input.data() + passed) << "the head is none of it";
    passed += part.size();
  };
  const auto end = run_child_by_lines(command, [this](std::string_view line) { hear(line); }, {});
  ASSERT_TRUE(end.ok());
  EXPECT_EQ(passed, input.size());
}

TEST_F(ChildTest, LargeInputOutputAndErrors) {
  std::string input;
  for (int i = 0; i < 50'000; ++i) input += "a line that goes through " + std::to_string(i) + "\n";
  const auto end = shell("tee /dev/stderr", input);
  ASSERT_TRUE(end.ok());
  EXPECT_EQ(lines_.size(), 50'000U);
  EXPECT_EQ(lines_.back(), "a line that goes through 49999");
  EXPECT_EQ((*end).errors, input.substr(input.size() - 4096));
}

TEST_F(ChildTest, ChildClosesItsInput) {
  const auto end = shell("exec <&-; sleep 0.2; echo done", std::string(1 << 20, 'x'));
  ASSERT_TRUE(end.ok());
  EXPECT_EQ((*end).code, 0);
  EXPECT_EQ(lines_, std::vector<std::string>{"done"});
  EXPECT_GE(waits_, 3) << "the child runs for four poll intervals of 50 ms";
}

TEST_F(ChildTest, ExitCodeOfAKilledChild) {
  const auto end = shell("kill -9 $$");
  ASSERT_TRUE(end.ok());
  EXPECT_EQ((*end).code, 128 + SIGKILL);
}

TEST_F(ChildTest, MissingProgram) {
  const auto end = run_child_by_lines({{"/nowhere/program"}, {}, {}, {}}, [](std::string_view) {}, {});
  EXPECT_EQ(end.status().code(), Code::kNotFound);
  EXPECT_NE(end.status().message().find("/nowhere/program"), std::string::npos);
}

// These tests request the stop at the first line of output.
TEST_F(ChildTest, StopEndsARunningChild) {
  stop_at_first_line_ = true;
  EXPECT_EQ(shell("echo started; exec sleep 600").status().code(), Code::kCancelled);
}

TEST_F(ChildTest, StopKillsAChildThatIgnoresSigterm) {
  stop_at_first_line_ = true;
  EXPECT_EQ(shell("trap '' TERM; echo started; while :; do sleep 0.1; done").status().code(),
            Code::kCancelled);
}

TEST_F(ChildTest, StopEndsAChildWithClosedOutputs) {
  stop_at_first_line_ = true;
  EXPECT_EQ(shell("echo started; exec >&- 2>&-; exec sleep 600").status().code(), Code::kCancelled);
}

}  // namespace
}  // namespace rappel
