#include "tune/turns.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace rappel {
namespace {

// Two CPUs; each interval between two readings has its number of CPUs that others use. The last one stays.
class Machine {
 public:
  explicit Machine(std::vector<double> others) : others_(std::move(others)) {}

  LoadClock clock() {
    return {.now = [this] { return read(); }, .pause = [this](double seconds) { paused_ += seconds; }};
  }
  double paused() const { return paused_; }
  int intervals() const { return static_cast<int>(readings_ / 2); }

 private:
  LoadSample read() {
    if (readings_++ % 2 == 1) {
      const std::size_t interval = std::min(readings_ / 2 - 1, others_.size() - 1);
      now_.at += 1;
      now_.own += 0.5;
      now_.all = *now_.all + 0.5 + others_[interval];
    }
    return now_;
  }

  std::vector<double> others_;
  std::size_t readings_ = 0;
  double paused_ = 0;
  LoadSample now_{.all = 0, .cpus = 2};
};

struct Calls {
  std::vector<std::pair<std::size_t, int>> order;
  std::vector<std::vector<double>> times;  // of each round

  Result<Turns> run(Machine& machine, TurnOptions options = {}) {
    options.threads = 2;
    return measure_in_turns(
        times[0].size(),
        [this](std::size_t candidate, int round) -> Result<double> {
          order.emplace_back(candidate, round);
          return times[std::min(static_cast<std::size_t>(round), times.size() - 1)][candidate];
        },
        machine.clock(), options);
  }
};

TEST(Turns, CandidatesTakeTurnsAndTheLeastTimeCounts) {
  Machine machine({0});
  Calls calls{{}, {{5, 9}, {6, 4}, {7, 8}}};
  const auto turns = calls.run(machine);
  ASSERT_TRUE(turns.ok());
  EXPECT_EQ(turns->least, (std::vector<double>{5, 4}));
  EXPECT_EQ(turns->busy, "");
  EXPECT_EQ(calls.order,
            (std::vector<std::pair<std::size_t, int>>{{0, 0}, {1, 0}, {0, 1}, {1, 1}, {0, 2}, {1, 2}}));
}

TEST(Turns, RoundsOnABusyMachineDoNotCount) {
  Machine machine({1.5, 0, 1.5, 0, 0});
  Calls calls{{}, {{1, 1}, {5, 9}, {2, 2}, {6, 4}, {7, 8}}};
  const auto turns = calls.run(machine);
  ASSERT_TRUE(turns.ok());
  EXPECT_EQ(turns->least, (std::vector<double>{5, 4}));
}

TEST(Turns, NothingIsMeasuredOnAMachineThatStaysBusy) {
  Machine machine({1.5});
  Calls calls{{}, {{1, 2}}};
  const auto turns = calls.run(machine, {.most_rounds = 4});
  ASSERT_TRUE(turns.ok());
  EXPECT_TRUE(turns->least.empty());
  EXPECT_EQ(turns->busy, "other programs use 1.5 of 2 CPUs");
  EXPECT_EQ(calls.order.size(), 8U);
}

TEST(Turns, StopAndFailureEndThem) {
  Machine machine({0});
  std::stop_source stop;
  stop.request_stop();
  Calls calls{{}, {{1, 2}}};
  EXPECT_EQ(calls.run(machine, {.stop = stop.get_token()}).status().code(), Code::kCancelled);
  EXPECT_TRUE(calls.order.empty());
  const auto lost = measure_in_turns(
      1, [](std::size_t, int) -> Result<double> { return Status(Code::kUnavailable, "lost"); },
      machine.clock(), {});
  EXPECT_EQ(lost.status().code(), Code::kUnavailable);
}

TEST(WaitUntilQuiet, WaitsForTheOthersToEnd) {
  Machine quiet({0});
  EXPECT_EQ(wait_until_quiet(quiet.clock(), {.threads = 2}), "");
  EXPECT_EQ(quiet.intervals(), 1);
  Machine soon({2, 2, 0});
  int told = 0;
  EXPECT_EQ(wait_until_quiet(soon.clock(), {.threads = 2, .waiting = [&](const std::string&) { ++told; }}),
            "");
  EXPECT_EQ(told, 2);
}

TEST(WaitUntilQuiet, PatienceEnds) {
  Machine busy({2});
  EXPECT_EQ(wait_until_quiet(busy.clock(), {.threads = 2, .patience = 3}),
            "other programs use 2.0 of 2 CPUs");
  EXPECT_NEAR(busy.paused(), 3, 0.5);
  Machine stopped({2});
  std::stop_source stop;
  stop.request_stop();
  EXPECT_NE(wait_until_quiet(stopped.clock(), {.threads = 2, .stop = stop.get_token()}), "");
  EXPECT_EQ(stopped.intervals(), 1);
}

TEST(NotMeasured, SaysTheEvidence) {
  EXPECT_EQ(not_measured("load average 8.0"), "not measured: the machine is busy (load average 8.0)");
}

}  // namespace
}  // namespace rappel
