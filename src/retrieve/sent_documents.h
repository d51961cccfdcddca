// The documents of files that a client has sent (ingest/source/sent.h).
#pragma once

#include <string>

#include "base/status.h"
#include "ingest/document.h"
#include "ingest/extract/file_format.h"
#include "ingest/source/sent.h"

namespace rappel {

// FileOrigin::path, from the content and settings of that origin.
std::string place_of_sent(const SentFile& file, const std::string& content, const std::string& settings);

// The id, from the text and everything that describes the file: it does not change with what is searched or
// hidden in the text, nor with the time. `described`: what is known without reading.
std::string id_of_sent(const SentFile& file, const ExtractedDocument& read, Metadata described);

// The time of the request where no other is given, and room for what the document takes besides its text.
// kResourceExhausted as hold_for_file().
Status finish_sent(const SentFile& file, DocumentInput& document);

// Whether the client gave nothing but the file.
bool is_undescribed(const SentFile& file);

}  // namespace rappel
