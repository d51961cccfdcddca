// Landlock: takes files, TCP, and abstract sockets of and signals to other processes from this process and
// its children, as far as the kernel knows how (Linux 5.13, 6.7 and 6.12), except for what is allowed before.
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/os/fd.h"

namespace rappel::extractor {

class Landlock {
 public:
  // False: the kernel has none; errno says why.
  static bool exists();

  Landlock();  // nothing is allowed
  // To use a folder and what is below it, or a file. Nothing happens if there is no such path. False: it
  // failed.
  bool allow_all(const std::filesystem::path& path) { return allow(path, handled_.files); }
  bool allow_reading(const std::filesystem::path& path);  // and to run programs in it
  // From now on. The process has no new privileges (PR_SET_NO_NEW_PRIVS). False: errno says why.
  bool close();

 private:
  bool allow(const std::filesystem::path& path, std::uint64_t rights);

  // As the kernel has them, which older headers do not.
  struct {
    std::uint64_t files = 0, network = 3, scopes = 3;
  } handled_;
  Fd rules_{-1};
};

}  // namespace rappel::extractor
