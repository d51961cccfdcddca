// Parts of a package as trees.
#pragma once

#include <string_view>

#include "extractor/office/package.h"
#include "extractor/office/xml.h"

namespace rappel::extractor {

// As load_xml(). False also: there is no such part.
inline bool load_xml_part(const Package& package, std::string_view name, XmlSpace space, XmlTree& tree,
                          bool* whole = nullptr) {
  auto bytes = package.take(name);
  return bytes && load_xml(std::move(*bytes), space, tree, whole);
}

}  // namespace rappel::extractor
