// OriginMarks: what the settings of a run add to the origins of its files and lines, so that both are read
// again if a setting changes. Made once per run; any thread may call the methods.
#pragma once

#include <optional>
#include <string>

#include "retrieve/ingest_run.h"

namespace rappel {

class OriginMarks {
 public:
  explicit OriginMarks(const IngestSettings& settings);

  // FileOrigin::content of a file whose bytes have this hash, or of a line. A setting that changes the text,
  // as
  // --pii redact does, makes another content.
  std::string content(const std::string& hash) const { return hash + screening_; }
  // FileOrigin::settings of a file with this sidecar, or of a line (nothing): a hash of everything that only
  // the metadata follow from. Empty: nothing is given.
  std::string settings(const std::optional<std::string>& sidecar) const;

 private:
  std::string screening_;
  std::string given_;                 // as text
  std::string without_sidecar_ = {};  // the result, which most files share
};

}  // namespace rappel
