// XML of any vocabulary: the text of its elements, a block for each that holds no others. HTML that is the
// text of an element, as in feeds, is read as HTML; the text of elements named title is a heading. No entity
// is expanded but the five of XML and numbers, and nothing outside the file is looked at.
#pragma once

#include "extractor/readers.h"

namespace rappel::extractor {

Status read_xml(const Source& source, ContentSink& sink);

// The value of encoding= in the XML declaration, or of charset= in a meta element of HTML; may be empty.
std::string declared_encoding(std::string_view bytes);

}  // namespace rappel::extractor
