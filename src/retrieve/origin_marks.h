// OriginMarks: what the settings of a run add to the origins of its files and lines, so that both are read
// again if a setting changes. Made once per run; any thread may call the methods.
#pragma once

#include <cstddef>
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
  // The same of a mail of which so many attachments are documents of their own, or are left out.
  std::string mail_content(const std::string& hash, std::size_t attached) const;
  // The number in such a content. Nothing: it is that of another hash, or of other settings.
  std::optional<std::size_t> attached_in(const std::string& content, const std::string& hash) const;
  // FileOrigin::settings of a file with this sidecar, or of a line (nothing): a hash of everything that only
  // the metadata follow from. Empty: nothing is given.
  std::string settings(const std::optional<std::string>& sidecar) const;

 private:
  std::string screening_, attachments_;
  std::string given_;                 // as text
  std::string without_sidecar_ = {};  // the result, which most files share
};

}  // namespace rappel
