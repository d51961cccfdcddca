// Mails (EML) and mailboxes (MBOX): subject, sender, receivers and date, the text, and the attachments.
//
// Alternatives count once: plain text unless it is empty, else HTML. Images within a text, signatures and
// encrypted parts are left out.
#pragma once

#include "extractor/readers.h"

namespace rappel::extractor {

Status read_mail(const Source& source, ContentSink& sink);
Status read_mailbox(const Source& source, ContentSink& sink);

}  // namespace rappel::extractor
