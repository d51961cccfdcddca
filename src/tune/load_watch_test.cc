#include "tune/load_watch.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

// A machine of two CPUs; this process uses half of one.
struct Machine {
  LoadSample now{.all = 0, .cpus = 2};
  LoadWatch watch{[this] { return now; }};

  void pass(double seconds, double others) {
    now.at += seconds;
    now.own += 0.5 * seconds;
    *now.all += (0.5 + others) * seconds;
  }
  std::string measure(double seconds, double others) {
    watch.begin();
    pass(seconds, others);
    return watch.end(2);
  }
};

TEST(LoadWatch, ShortMeasurementsAreJudgedTogether) {
  Machine machine;
  EXPECT_EQ(machine.measure(0.06, 1.8), "");
  EXPECT_EQ(machine.measure(0.06, 1.8), "other programs use 1.8 of 2 CPUs");
  EXPECT_EQ(machine.measure(0.5, 0), "");
  EXPECT_EQ(machine.measure(0.5, 1.5), "other programs use 1.5 of 2 CPUs");
}

TEST(LoadWatch, TimeBetweenMeasurementsDoesNotCount) {
  Machine machine;
  EXPECT_EQ(machine.measure(0.06, 0), "");
  machine.pass(5, 2);
  EXPECT_EQ(machine.measure(0.06, 0), "");
  machine.pass(5, 0);
  EXPECT_EQ(machine.measure(0.2, 1.8), "other programs use 1.8 of 2 CPUs");
}

}  // namespace
}  // namespace rappel
