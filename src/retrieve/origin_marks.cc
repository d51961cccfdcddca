#include "retrieve/origin_marks.h"

#include <charconv>

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
      attachments_(settings.attachments == Attachments::kSkip ? " alone, without " : " with "),
      given_(dump_json(metadata_json(settings.metadata)) +
             (settings.extract_metadata ? "\nextract\n" : "\n") +
             (settings.extract_metadata && settings.judge ? "judged\n" : "")) {
  if (settings.extract_metadata || !(settings.metadata == Metadata())) without_sidecar_ = sha256_hex(given_);
}

std::string OriginMarks::mail_content(const std::string& hash, std::size_t attached) const {
  return content(hash) + attachments_ + std::to_string(attached);
}

std::optional<std::size_t> OriginMarks::attached_in(const std::string& content,
                                                    const std::string& hash) const {
  const std::string start = this->content(hash) + attachments_;
  if (!content.starts_with(start)) return std::nullopt;
  std::size_t attached = 0;
  const char* const end = content.data() + content.size();
  const auto [last, error] = std::from_chars(content.data() + start.size(), end, attached);
  return error == std::errc() && last == end ? std::optional(attached) : std::nullopt;
}

std::string OriginMarks::settings(const std::optional<std::string>& sidecar) const {
  return sidecar ? sha256_hex(given_ + *sidecar) : without_sidecar_;
}

}  // namespace rappel
