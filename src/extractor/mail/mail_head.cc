#include "extractor/mail/mail_head.h"

#include <fmt/format.h>

#include <utility>

#include "extractor/plain/lines.h"

namespace rappel::extractor {

Status give_mail_head(const MailHead& head, bool as_properties, ContentSink& sink) {
  RAPPEL_TRY(sink.part({.kind = PartKind::kMessage, .name = head.subject}));
  if (as_properties) RAPPEL_TRY(sink.property("title", head.subject));
  RAPPEL_TRY(sink.block({.kind = BlockKind::kHeading, .text = head.subject, .level = 1}));
  struct Shown {
    const char *label, *name;
    const std::string& value;
  };
  const Shown shown[] = {
      {"From", "from", head.from}, {"To", "to", head.to}, {"Cc", "cc", head.cc}, {"Date", "date", head.date}};
  std::string lines;
  for (const auto& [label, name, value] : shown) {
    if (value.empty()) continue;
    if (as_properties) RAPPEL_TRY(sink.property(name, value));
    lines += fmt::format("{}: {}\n", label, value);
  }
  if (as_properties) RAPPEL_TRY(sink.property("created_at", head.created_at));
  return give_text(lines, BlockKind::kParagraph, sink);
}

}  // namespace rappel::extractor
