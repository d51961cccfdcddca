// Front matter of Markdown files: "key: value" lines between lines of --- at the start.
#pragma once

#include <string_view>

#include "ingest/content/content.h"

namespace rappel::extractor {

// Gives title, author, subject, language and dates as properties and takes the front matter off the text.
Status take_front_matter(std::string_view& text, ContentSink& sink);

}  // namespace rappel::extractor
