// Progress: one line on a terminal that tells how far a long piece of work is, how fast it goes and how long
// it may take. Nothing is shown in the first two seconds, nor where standard error is not a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string>

namespace rappel {

class Progress {
 public:
  Progress(std::ostream& err, bool is_terminal);
  ~Progress();

  // `done` of `total` (0: unknown) bytes; `words` say what of. The rate is that of `moved`, the bytes of this
  // run.
  void show(const std::string& words, std::uint64_t done, std::uint64_t total, std::uint64_t moved);
  // The same for work that is not counted in bytes: a share of it, and the time left at the pace so far.
  void show_share(const std::string& words, double done, double total);
  // Takes the line away, so that something else can be printed.
  void clear();
  double seconds() const;

 private:
  bool due();
  void print(const std::string& line);

  std::ostream& err_;
  bool enabled_;
  bool visible_ = false;
  std::chrono::steady_clock::time_point start_, last_;
};

}  // namespace rappel
