// The kind of a text by how it begins, for kinds that have no signature.
#pragma once

#include <string_view>

namespace rappel {

// True for a document type or a root element of HTML, after comments and an XML declaration.
bool begins_as_html(std::string_view start);

// "text/html", "application/xml", "application/json", "message/rfc822", "application/mbox" or "".
std::string_view sniff_text(std::string_view start);

}  // namespace rappel
