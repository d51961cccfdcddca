#include "retrieve/origin_marks.h"

#include "codec/sha256.h"
#include "store/metadata_json.h"

namespace rappel {
namespace {

const char* screening_mark(const IngestSettings& settings) {
  switch (settings.screening) {
    case Screening::kSkip: return settings.judge ? " judged" : " screened";
    case Screening::kRedact: return " redacted";
    case Screening::kOff:
    case Screening::kReport: break;
  }
  return "";
}

}  // namespace

OriginMarks::OriginMarks(const IngestSettings& settings)
    : screening_(screening_mark(settings)),
      given_(dump_json(metadata_json(settings.metadata)) +
             (settings.extract_metadata ? "\nextract\n" : "\n") +
             (settings.extract_metadata && settings.judge ? "judged\n" : "")) {
  if (settings.extract_metadata || !(settings.metadata == Metadata())) without_sidecar_ = sha256_hex(given_);
}

std::string OriginMarks::settings(const std::optional<std::string>& sidecar) const {
  return sidecar ? sha256_hex(given_ + *sidecar) : without_sidecar_;
}

}  // namespace rappel
