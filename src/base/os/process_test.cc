#include "base/os/process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>

#include "base/os/cgroup.h"
#include "base/os/fd.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

class KernelFilesTest : public ::testing::Test {
 protected:
  TempDir folder_;
  KernelFiles files_{(folder_.path() / "proc").string(), (folder_.path() / "cgroup").string()};
  fs::path proc_ = folder_.path() / "proc", cgroup_ = folder_.path() / "cgroup";
};

TEST_F(KernelFilesTest, LowestLimitOnThePathApplies) {
  write(proc_ / "7/cgroup", "0::/a/b\n");
  write(cgroup_ / "a/b/cpu.max", "max 100000\n");
  write(cgroup_ / "a/b/cpu.stat", "usage_usec 5\nnr_periods 0\nnr_throttled 0\n");
  write(cgroup_ / "a/cpu.max", "150000 100000\n");
  write(cgroup_ / "a/cpu.stat", "nr_periods 100\nnr_throttled 40\nthrottled_usec 2500000\n");
  write(cgroup_ / "a/b/memory.max", "max\n");
  write(cgroup_ / "a/b/memory.events", "low 0\noom 0\noom_kill 0\n");
  write(cgroup_ / "a/memory.max", "1000000\n");
  write(cgroup_ / "a/memory.current", "900000\n");
  write(cgroup_ / "a/memory.stat", "anon 5\ninactive_file 100000\nactive_file 50000\n");
  write(cgroup_ / "a/memory.events", "low 0\noom 3\noom_kill 2\n");
  const CgroupTexts group = read_cgroup("7", files_);
  EXPECT_DOUBLE_EQ(group.cpu_quota, 1.5);
  EXPECT_EQ(group.cpu_folder, (cgroup_ / "a").string());
  EXPECT_EQ(keyed_number(group.cpu_stat, "nr_throttled"), 40u);
  EXPECT_EQ(group.memory_limit, 1000000u);
  EXPECT_EQ(group.memory_in_use, 750000u);
  EXPECT_EQ(keyed_number(group.memory_events, "oom_kill"), 2u);
}

TEST_F(KernelFilesTest, OomKillsOfOtherGroupsAreIgnored) {
  write(proc_ / "7/cgroup", "0::/a/b/c\n");
  write(cgroup_ / "memory.events", "oom_kill 9\n");
  write(cgroup_ / "a/memory.events", "oom_kill 7\n");
  write(cgroup_ / "a/b/memory.max", "1000000\n");
  write(cgroup_ / "a/b/memory.events", "oom_kill 0\n");
  write(cgroup_ / "a/b/c/memory.max", "max\n");
  write(cgroup_ / "a/b/c/memory.events", "oom_kill 0\n");
  CgroupTexts group = read_cgroup("7", files_);
  EXPECT_EQ(keyed_number(group.memory_events, "oom_kill"), 0u);
  EXPECT_TRUE(group.own_events);
  write(cgroup_ / "a/b/memory.events", "oom_kill 2\n");
  group = read_cgroup("7", files_);
  EXPECT_EQ(keyed_number(group.memory_events, "oom_kill"), 2u);
  EXPECT_FALSE(group.own_events);
  write(cgroup_ / "a/b/c/memory.events", "oom_kill 1\n");
  group = read_cgroup("7", files_);
  EXPECT_EQ(keyed_number(group.memory_events, "oom_kill"), 1u);
  EXPECT_TRUE(group.own_events);
}

TEST_F(KernelFilesTest, CgroupVersionOneControllers) {
  write(proc_ / "self/cgroup", "4:memory:/m\n1:cpu,cpuacct:/\n0::/\n");
  write(cgroup_ / "cpu/cpu.cfs_quota_us", "50000\n");
  write(cgroup_ / "cpu/cpu.cfs_period_us", "100000\n");
  write(cgroup_ / "cpu/cpu.stat", "nr_periods 9\nnr_throttled 3\nthrottled_time 1000000\n");
  write(cgroup_ / "memory/memory.limit_in_bytes", "9223372036854771712\n");
  write(cgroup_ / "memory/m/memory.limit_in_bytes", "4096\n");
  write(cgroup_ / "memory/m/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");
  const CgroupTexts group = read_cgroup("self", files_);
  EXPECT_DOUBLE_EQ(group.cpu_quota, 0.5);
  EXPECT_EQ(keyed_number(group.cpu_stat, "nr_throttled"), 3u);
  EXPECT_EQ(group.memory_limit, 4096u);
  EXPECT_EQ(keyed_number(group.memory_events, "oom_kill"), 1u);
}

TEST_F(KernelFilesTest, NoControlGroupsMeansNoLimit) {
  const CgroupTexts group = read_cgroup("self", files_);
  EXPECT_EQ(group.cpu_quota, 0);
  EXPECT_EQ(group.memory_limit, 0u);
  EXPECT_EQ(group.cpu_stat + group.memory_events, "");
}

TEST(KeyedNumber, MatchesTheWholeKey) {
  EXPECT_EQ(keyed_number("oom 1\noom_kill 2\n", "oom_kill"), 2u);
  EXPECT_EQ(keyed_number("oom_kill 2\noom 1", "oom"), 1u);
  EXPECT_EQ(keyed_number("VmSwap:\t  120 kB\n", "VmSwap"), 120u);
  EXPECT_EQ(keyed_number("oom max\n", "oom"), std::nullopt);
  EXPECT_EQ(keyed_number("", "oom"), std::nullopt);
}

TEST_F(KernelFilesTest, ListenersOfAPort) {
  const std::string heading =
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
  write(proc_ / "net/tcp", heading +
                               "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  "
                               "   0        0 41 1 0 100 0\n"
                               "   1: 0100007F:1F91 0100007F:9000 01 00000000:00000000 00:00000000 00000000  "
                               "   0        0 42 1 0 100 0\n");
  write(proc_ / "net/tcp6", heading +
                                "   0: 00000000000000000000000000000000:1F92 "
                                "00000000000000000000000000000000:0000 0A 00000000:00000000 "
                                "00:00000000 00000000     0        0 43 1 0 100 0\n");
  fs::create_directories(proc_ / "12/fd");
  fs::create_symlink("socket:[41]", proc_ / "12/fd/5");
  EXPECT_TRUE(listener_of(8080, files_).there);
  EXPECT_EQ(listener_of(8080, files_).pid, 12);
  EXPECT_FALSE(listener_of(8081, files_).there) << "a connection is not a listener";
  EXPECT_TRUE(listener_of(8082, files_).there);
  EXPECT_EQ(listener_of(8082, files_).pid, 0) << "its process cannot be inspected";
  EXPECT_EQ(listener_of(8080, files_, "127.0.0.1").pid, 12);
  EXPECT_FALSE(listener_of(8080, files_, "127.0.0.2").there) << "another address, another port";
  EXPECT_FALSE(listener_of(8080, files_, "::1").there);
  EXPECT_TRUE(listener_of(8082, files_, "127.0.0.2").there) << "it listens on all addresses";
  EXPECT_TRUE(listener_of(8082, files_, "::1").there);
}

#ifdef __linux__
TEST(Processes, ThisProcessIsFoundInProc) {
  Fd socket(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(socket.get(), 1), 0);
  ASSERT_EQ(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  EXPECT_EQ(listener_of(ntohs(address.sin_port)).pid, ::getpid());
  const auto info = process_info(::getpid());
  ASSERT_TRUE(info);
  EXPECT_EQ(info->name, "base_test");
  EXPECT_GT(open_files_limit(info->limits), 0u);
  EXPECT_GT(keyed_number(info->status, "VmRSS").value_or(0), 0u);
}

TEST(Processes, UsersOfAFileAreOtherProcesses) {
  TempDir folder;
  const fs::path file = folder.path() / "f";
  write(file, "x");
  EXPECT_TRUE(users_of(file).empty());
  const Fd mine(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_TRUE(users_of(file).empty()) << "this process is left out";
  EXPECT_TRUE(users_of(folder.path() / "none").empty());
}
#endif

}  // namespace
}  // namespace rappel
