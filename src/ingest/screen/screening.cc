#include "ingest/screen/screening.h"

#include "ingest/screen/personal_data.h"

namespace rappel {

Screening parse_screening(std::string_view text) {
  if (text == "report") return Screening::kReport;
  if (text == "skip") return Screening::kSkip;
  return text == "redact" ? Screening::kRedact : Screening::kOff;
}

std::string_view screening_name(Screening screening) {
  switch (screening) {
    case Screening::kReport: return "report";
    case Screening::kSkip: return "skip";
    case Screening::kRedact: return "redact";
    case Screening::kOff: break;
  }
  return "off";
}

bool screen_text(Screening screening, std::string& text, std::vector<std::string>& warnings) {
  if (screening == Screening::kOff) return true;
  const auto found = find_personal_data(text);
  if (found.empty()) return true;
  if (screening == Screening::kSkip) return false;
  const bool hide = screening == Screening::kRedact;
  if (hide) redact(found, text);
  warnings.push_back((hide ? "redacted: " : "it contains personal data: ") + summary_of(found));
  return true;
}

}  // namespace rappel
