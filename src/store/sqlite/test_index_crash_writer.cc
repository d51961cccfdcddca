// The process that index_drill_test kills while it saves the index: stores and removes documents, says so on
// standard output, and closes the store, again and again.
//
//   store_index_crash_writer FOLDER SEED
#include <unistd.h>

#include <cstdlib>
#include <random>

#include "store/sqlite/test_index_store.h"

int main(int argc, char** argv) {
  using namespace rappel::sqlite;
  if (argc != 3) return 2;
  std::mt19937 random(static_cast<unsigned>(std::atol(argv[2])));
  for (;;) {
    const auto store = open_store(argv[1]);
    fill(*store, random() % 60, 1 + random() % 4, random());
    const std::string id = "d" + std::to_string(random() % 60);
    if (random() % 2 == 0) (void)store->remove(std::vector<std::string>{id});
    if (::write(STDOUT_FILENO, "\n", 1) < 0) return 3;
  }
}
