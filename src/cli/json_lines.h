// JSON lines in, JSON lines out: what embed, rerank and ingest share.
#pragma once

#include <cstddef>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>

#include "cli/line_reader.h"
#include "codec/json.h"

namespace rappel {

// Reads one JSON object per line. Blank lines are passed over. A bad line is told to `report` with its number
// and counted.
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
  // A fault that was found later in a record of line `line`.
  void reject(std::size_t line, const std::string& problem);
  std::size_t rejected() const { return rejected_; }
  bool would_wait() const { return lines_.would_wait(); }

 private:
  LineReader lines_;
  std::size_t max_line_;
  Report report_;
  std::size_t rejected_ = 0;
};

// The shortest decimal that reads back to the same float or double; null when it is no number.
void append_number(std::string& out, float value);
void append_number(std::string& out, double value);

}  // namespace rappel
