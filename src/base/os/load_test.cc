#include "base/os/load.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "testing/temp_dir.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

// One second on two CPUs, of which this process used 1.9.
struct Second {
  LoadSample before{
      .at = 10, .own = 5, .waited = 1, .all = 100, .stolen = 3, .pressure = 7, .average = 0.5, .cpus = 2};
  LoadSample after = before;

  Second() {
    after.at += 1;
    after.own += 1.9;
    after.waited = *before.waited + 0.02;
    after.all = *before.all + 1.95;
    after.pressure = *before.pressure + 0.05;
  }
  LoadReport report(int threads = 2, double share = 1) const {
    return describe_load(before, after, threads, share);
  }
};

TEST(Load, QuietMachine) {
  const LoadReport report = Second().report();
  EXPECT_FALSE(report.busy) << report.evidence;
  EXPECT_NEAR(*report.others, 0.05, 1e-9);
  EXPECT_NE(report.evidence.find("other programs use 0.1 of 2 CPUs"), std::string::npos) << report.evidence;
}

TEST(Load, OtherProgramsTakeTheCpus) {
  Second second;
  second.after.own = second.before.own + 0.5;
  second.after.all = *second.before.all + 2;
  const LoadReport report = second.report();
  EXPECT_TRUE(report.busy);
  EXPECT_TRUE(report.evidence.starts_with("other programs use 1.5 of 2 CPUs")) << report.evidence;
}

TEST(Load, OtherProgramsOnCpusToSpareDoNotDisturb) {
  Second second;
  second.before.cpus = second.after.cpus = 16;
  second.after.all = *second.before.all + 1.9 + 13;
  EXPECT_FALSE(second.report(2).busy);
  EXPECT_TRUE(second.report(8).busy);
}

TEST(Load, HypervisorTakesTime) {
  Second second;
  second.after.stolen = *second.before.stolen + 0.3;
  const LoadReport report = second.report();
  EXPECT_TRUE(report.busy);
  EXPECT_NE(report.evidence.find("hypervisor takes 15 %"), std::string::npos) << report.evidence;
}

TEST(Load, ThreadsThatWaitForACpuShowInAShortTime) {
  Second second;
  second.after.at = second.before.at + 0.05;  // too short for the counters of /proc/stat
  second.after.own = second.before.own + 0.05;
  second.after.waited = *second.before.waited + 0.05;
  const LoadReport report = second.report();
  EXPECT_TRUE(report.busy);
  EXPECT_NE(report.evidence.find("waited 50 %"), std::string::npos) << report.evidence;
}

TEST(Load, LimitsOfTheOwnGroupAreNoLoad) {
  Second second;
  second.after.own = second.before.own + 1;
  second.after.all = *second.before.all + 1;
  second.after.waited = *second.before.waited + 3;
  EXPECT_TRUE(second.report().busy);
  second.after.throttled = second.before.throttled + 4;
  EXPECT_FALSE(second.report().busy) << "a quota is the same in every measurement";
  second.after.throttled = second.before.throttled;
  EXPECT_FALSE(second.report(6).busy) << "six threads on two CPUs wait for each other";
}

TEST(Load, AContainerWithoutProcStatHasThePressure) {
  Second second;
  for (LoadSample* sample : {&second.before, &second.after})
    sample->all = sample->waited = sample->stolen = {};
  EXPECT_FALSE(second.report().busy);
  second.after.pressure = *second.before.pressure + 0.98;
  const LoadReport report = second.report();
  EXPECT_TRUE(report.busy);
  EXPECT_TRUE(report.evidence.starts_with("CPU pressure 98 %")) << report.evidence;
}

TEST(Load, PressureOfProgramsThatGiveWayIsNoLoad) {
  Second second;
  second.after.pressure = *second.before.pressure + 1;  // others wait, and this process does not
  EXPECT_FALSE(second.report().busy);
}

TEST(Load, ASystemWithoutProcHasTheLoadAverageAndItsOwnTime) {
  Second second;
  for (LoadSample* sample : {&second.before, &second.after})
    sample->all = sample->waited = sample->stolen = sample->pressure = {};
  EXPECT_FALSE(second.report().busy);
  second.after.own = second.before.own + 0.6;
  LoadReport report = second.report();
  EXPECT_TRUE(report.busy);
  EXPECT_TRUE(report.evidence.starts_with("rappel's threads computed 30 % of the time")) << report.evidence;
  EXPECT_FALSE(second.report(2, 0).busy) << "a process that waits computes nothing either";
  second.after.average = 8;
  report = second.report(2, 0);
  EXPECT_TRUE(report.busy);
  EXPECT_EQ(report.evidence, "load average 8.0");
}

class Files : public testing::Test {
 protected:
  void write(const std::string& path, const std::string& text) {
    fs::create_directories((folder_.path() / path).parent_path());
    std::ofstream(folder_.path() / path) << text;
  }
  KernelFiles files() const { return {folder_.path() / "proc", folder_.path() / "cgroup"}; }
  static double tick() { return 1.0 / static_cast<double>(::sysconf(_SC_CLK_TCK)); }

  TempDir folder_;
};

using LoadFiles = Files;

TEST_F(LoadFiles, CountersOfTheAllowedCpus) {
  write("proc/stat",
        "cpu  100 0 0 0\ncpu0 10 20 30 900 5 1 2 7 0 0\ncpu1 1 1 1 1 1 1 1 1\ncpu2 100 0 0 5 0 0 0 3 0 0\n"
        "intr 5\n");
  write("proc/pressure/cpu",
        "some avg10=98.58 avg60=58.21 avg300=34.88 total=2500000\nfull avg10=0 total=0\n");
  write("proc/loadavg", "10.83 4.81 3.09 19/196 3543\n");
  write("proc/self/task/7/schedstat", "5 1500000000 3\n");
  write("proc/self/task/8/schedstat", "5 500000000 3\n");
  const LoadSample sample = read_load(files(), {0, 2});
  EXPECT_NEAR(*sample.all, 163 * tick(), 1e-9);
  EXPECT_NEAR(*sample.stolen, 10 * tick(), 1e-9);
  EXPECT_DOUBLE_EQ(*sample.pressure, 2.5);
  EXPECT_DOUBLE_EQ(*sample.average, 10.83);
  EXPECT_DOUBLE_EQ(*sample.waited, 2);
  EXPECT_EQ(sample.cpus, 2);
  EXPECT_GT(sample.own, 0);
}

TEST_F(LoadFiles, PressureAndQuotaOfTheControlGroup) {
  write("proc/self/cgroup", "0::/box\n");
  write("cgroup/box/cpu.stat", "usage_usec 5\nnr_periods 10\nnr_throttled 4\n");
  write("cgroup/box/cpu.max", "150000 100000\n");
  write("cgroup/box/cpu.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=300000\n");
  const LoadSample sample = read_load(files(), {0});
  EXPECT_DOUBLE_EQ(*sample.pressure, 0.3);
  EXPECT_EQ(sample.throttled, 4U);
}

TEST_F(LoadFiles, WithoutFilesOnlyItsOwnTimeIsKnown) {
  const LoadSample sample = read_load(files(), {});
  EXPECT_FALSE(sample.all || sample.stolen || sample.pressure || sample.average || sample.waited);
  EXPECT_GE(sample.cpus, 1);
}

TEST_F(LoadFiles, BusyProcessesByName) {
  const auto stat = [&](int pid, const std::string& name, int user) {
    write("proc/" + std::to_string(pid) + "/stat", std::to_string(pid) + " (" + name +
                                                       ") R 1 1 1 0 -1 4 0 0 0 0 " + std::to_string(user) +
                                                       " 0 0 0 20 0 1 0 5");
  };
  const double second = 1 / tick();
  stat(11, "yes", 0);
  stat(12, "yes", 0);
  stat(13, "a) (b", 0);
  const auto before = process_times(files());
  stat(11, "yes", static_cast<int>(second));
  stat(12, "yes", static_cast<int>(second / 2));
  stat(13, "a) (b", static_cast<int>(second / 4));
  stat(14, "idle", 1);
  const auto users = top_users(before, process_times(files()), 1);
  ASSERT_EQ(users.size(), 3U);
  EXPECT_EQ(users[0].pid, 11);
  EXPECT_EQ(users[2].name, "a) (b");
  EXPECT_EQ(users_text(users), "yes (2 processes, 1.5 CPUs), a) (b (process 13, 0.2 CPUs)");
}

TEST(LoadNow, CountersDoNotGoBack) {
  const LoadSample before = load_now(), after = load_now();
  EXPECT_GE(after.at, before.at);
  EXPECT_GE(after.own, before.own);
  EXPECT_EQ(before.all.has_value(), after.all.has_value());
}

}  // namespace
}  // namespace rappel
