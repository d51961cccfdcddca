// The events of an XML part without a tree and without expat, in a third of the time: for UTF-8 without a
// DTD, as nearly all parts are. It judges less than expat: names and characters may be any, and unknown
// entities stay as they are.
#pragma once

#include <optional>
#include <string_view>

#include "base/status.h"
#include "extractor/xml/xml_events.h"

namespace rappel::extractor {

// As read_xml_events(). Nothing: the part has a DTD or another encoding; there were no events.
std::optional<Status> scan_xml(std::string_view bytes, XmlEvents& events);

}  // namespace rappel::extractor
