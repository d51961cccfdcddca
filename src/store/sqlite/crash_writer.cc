// The process that crash_test kills: several threads replace and remove pairs of documents
// (store/conformance/versioned_pairs.h) and report each acknowledged version on standard output, "pair
// version\n", one write(2) each.
//
//   store_crash_writer FOLDER THREADS PAIRS_PER_THREAD FIRST_VERSION VERSIONS [FILE_SIZE_LIMIT]
//
// With a limit, files cannot grow beyond that many bytes, as on a full disk; a failure is reported as "error
// message\n".
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "store/conformance/versioned_pairs.h"
#include "store/sqlite/crash_options.h"

namespace {

void report(const std::string& line) {
  if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) std::_Exit(3);
}

void limit_files(const char* bytes) {
  ::signal(SIGXFSZ, SIG_IGN);  // the write fails instead
  const rlim_t limit = std::strtoull(bytes, nullptr, 10);
  const rlimit both{limit, limit};
  ::setrlimit(RLIMIT_FSIZE, &both);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace rappel;
  if (argc < 6) return 2;
  if (argc > 6) limit_files(argv[6]);
  const int threads = std::atoi(argv[2]), pairs = std::atoi(argv[3]);
  const std::int64_t first = std::atoll(argv[4]), versions = std::atoll(argv[5]);
  const auto store = open_sqlite_store(crash_options(argv[1]));
  if (!store.ok()) {
    report("error " + store.status().to_string() + "\n");
    return 1;
  }
  std::vector<std::thread> writers;
  for (int t = 0; t < threads; ++t) {
    writers.emplace_back([&, t] {
      for (std::int64_t version = first; version < first + versions; ++version) {
        for (int p = 0; p < pairs; ++p) {
          const int pair = t * pairs + p;
          const Status status = write_pair(**store, pair, version, kCrashDimension);
          report(status.ok() ? fmt::format("{} {}\n", pair, version) : "error " + status.to_string() + "\n");
        }
      }
    });
  }
  for (auto& writer : writers) writer.join();
  return 0;
}
