// The head of a mail as text and properties, whatever format the mail has.
#pragma once

#include <string>

#include "base/status.h"
#include "ingest/content/content.h"

namespace rappel::extractor {

struct MailHead {
  std::string subject, from, to, cc, date;  // for people; empty if absent
  std::string created_at = {};              // RFC 3339
};

// Begins a message. `as_properties`: false for one of many.
Status give_mail_head(const MailHead& head, bool as_properties, ContentSink& sink);

}  // namespace rappel::extractor
