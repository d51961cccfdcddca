#include "ingest/screen/text_judge.h"

#include <utility>

#include "ingest/screen/text_metadata.h"

namespace rappel {
namespace {

// Causes are left out: an endpoint may repeat what it was sent.
std::string rules_alone(const Status& failure) { return failure.message() + "; rules alone were used"; }

}  // namespace

Metadata judged_metadata(std::string_view text, TextJudge* judge, const std::stop_token& cancel,
                         std::vector<std::string>& warnings) {
  Metadata metadata = text_metadata(text);
  if (judge == nullptr || text.empty()) return metadata;
  auto judged = judge->metadata(text, cancel);
  if (!judged.ok()) {
    if (judged.status().code() != Code::kCancelled) warnings.push_back(rules_alone(judged.status()));
    return metadata;
  }
  const auto take = [](auto& from, auto& to) {
    if (from) to = std::move(from);
  };
  take(judged->source, metadata.source);
  take(judged->url, metadata.url);
  take(judged->created_at, metadata.created_at);
  take(judged->author, metadata.author);
  return metadata;
}

bool judged_screening(Screening screening, std::string& text, TextJudge* judge, const std::stop_token& cancel,
                      std::vector<std::string>& warnings) {
  const std::size_t before = warnings.size();
  if (!screen_text(screening, text, warnings)) return false;
  if (screening == Screening::kOff || judge == nullptr || text.empty()) return true;
  const bool known = screening == Screening::kReport && warnings.size() > before;
  if (known) return true;  // it is reported already
  const auto found = judge->has_personal_data(text, cancel);
  if (!found.ok()) {
    if (found.status().code() != Code::kCancelled) warnings.push_back(rules_alone(found.status()));
    return true;
  }
  if (!*found) {
    if (text.size() > TextJudge::kMostBytes)
      warnings.emplace_back("the chat model read only the first 64 KiB for personal data");
    return true;
  }
  if (screening == Screening::kSkip) return false;
  warnings.emplace_back(screening == Screening::kRedact
                            ? "the chat model finds personal data that is not redacted"
                            : "it contains personal data, as the chat model finds");
  return true;
}

}  // namespace rappel
