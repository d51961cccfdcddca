// The events of a small XML part from its tree, which takes half the time of reading it as a stream.
#pragma once

#include <optional>
#include <string_view>

#include "base/status.h"
#include "extractor/office/xml_events.h"

namespace rappel::extractor {

// As read_xml_events(), but texts are whole. Nothing: the part has a fault or a DTD, or is not small; there
// were no events.
std::optional<Status> walk_xml(std::string_view bytes, XmlEvents& events);

}  // namespace rappel::extractor
