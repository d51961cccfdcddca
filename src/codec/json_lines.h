// JSON lines: one JSON object per line of a file descriptor, with bounded memory; numbers as JSON text.
#pragma once

#include <cstddef>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>

#include "base/os/line_reader.h"
#include "codec/json.h"

namespace rappel {

// Reads one JSON object per line and skips blank lines. A bad line is counted and passed to `report` with its
// number. The descriptor stays the caller's. For one thread.
class JsonLineReader {
 public:
  using Report = std::function<void(std::size_t line, const std::string& problem)>;
  JsonLineReader(int descriptor, std::size_t max_line, Report report);

  struct Record {
    std::size_t line = 0;
    std::size_t bytes = 0;
    Json object;
    // The member "id" as JSON text; without one the line's number.
    std::string id() const;
  };

  // False at the end of the input.
  bool next(Record* record);
  // Counts and reports a fault that the caller found in the record of line `line`.
  void reject(std::size_t line, const std::string& problem);
  std::size_t rejected() const { return rejected_; }
  bool would_wait() const { return lines_.would_wait(); }

 private:
  LineReader lines_;
  std::size_t max_line_;
  Report report_;
  std::size_t rejected_ = 0;
};

// Appends the shortest decimal that reads back to the same float or double; null for infinities and NaN.
void append_number(std::string& out, float value);
void append_number(std::string& out, double value);

}  // namespace rappel
