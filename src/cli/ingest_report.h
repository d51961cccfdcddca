// IngestReport: what an ingest run tells, for people on standard error and for programs in a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "base/status.h"
#include "cli/progress.h"
#include "codec/json.h"
#include "retrieve/ingest_run.h"

namespace rappel {

class IngestReport final : public IngestObserver {
 public:
  IngestReport(std::ostream& err, bool is_terminal) : err_(err), progress_(err, is_terminal) {}

  void failed(const std::string& message) override;
  void skipped(const std::string& kind, const std::string& message) override;
  void warned(const std::string& message) override;
  void advanced(const IngestCounts& counts) override;
  void finished(const IngestItem& item) override;

  // Names what was skipped, then counts everything.
  void print_summary(const IngestCounts& counts, bool dry_run, std::ostream& out);
  struct Circumstances {
    double engine_seconds = 0;  // in forward passes
    std::uint64_t tokens = 0;   // embedded
    bool stopped = false;
  };
  // The counts, and every item that was not simply stored or unchanged, as one JSON object.
  Status write(const std::string& file, const IngestCounts& counts, const Circumstances& circumstances) const;
  // Begins again, for the next run of a process that goes on.
  void clear();

 private:
  std::ostream& err_;
  Progress progress_;
  std::size_t failures_ = 0, warnings_ = 0, skips_ = 0;
  std::map<std::string, std::size_t> kinds_;
  std::vector<std::string> messages_;  // of the first skips
  Json items_ = Json::array();
};

}  // namespace rappel
