// rappel_bench_extract ROUNDS FILE..: CPU time of reading files as `rappel ingest` does, through the sandbox
// of rappel-extract (RAPPEL_EXTRACT, or beside this program), in all processes together.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/os/file.h"
#include "ingest/extract/child_reader.h"

namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

// Reads all files `rounds` times; the number that could not be read.
int read_all(int rounds, const std::vector<std::pair<std::string, std::string>>& files) {
  int failed = 0;
  for (int round = 0; round < rounds; ++round)
    for (const auto& [name, bytes] : files)
      if (!rappel::read_in_child(bytes, {name, "", ""}, {}).ok()) ++failed;
  return failed;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) return std::fputs("usage: rappel_bench_extract ROUNDS FILE..\n", stderr), 2;
  std::signal(SIGPIPE, SIG_IGN);
  const int rounds = std::atoi(arguments[1]);
  std::vector<std::pair<std::string, std::string>> files;
  for (int i = 2; i < count; ++i) {
    auto bytes = rappel::read_file(arguments[i], std::size_t{1} << 30);
    if (!bytes.ok()) return std::fprintf(stderr, "%s\n", bytes.status().to_string().c_str()), 1;
    files.emplace_back(arguments[i], std::move(*bytes));
  }
  const auto start = std::chrono::steady_clock::now();
  const pid_t reader = ::fork();  // its end, and that of the processes it started, gives their time
  if (reader == 0) std::exit(read_all(rounds, files) == 0 ? 0 : 1);
  int status = 0;
  rusage used{};
  if (reader < 0 || ::wait4(reader, &status, 0, &used) != reader) return 1;
  const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const double cpu = seconds(used.ru_utime) + seconds(used.ru_stime);
  const double reads = static_cast<double>(files.size()) * rounds;
  std::printf("%.0f files in %.2f s; %.3f ms of CPU a file (%.3f in the kernel), %.0f files/s on one core\n",
              reads, wall, cpu / reads * 1e3, seconds(used.ru_stime) / reads * 1e3, reads / cpu);
  return status == 0 ? 0 : 1;
}
