// Messages that Outlook saves (.msg, [MS-OXMSG]): subject, sender, receivers, date, the body as plain text,
// HTML or RTF, attached files, and the messages in it.
#pragma once

#include "extractor/office/compound_file.h"
#include "ingest/content/content.h"

namespace rappel::extractor {

// Whether the compound file is such a message.
bool is_outlook_message(const CompoundFile& file);
// Errors: those of the sink.
Status read_outlook_message(const CompoundFile& file, ContentSink& sink);

}  // namespace rappel::extractor
