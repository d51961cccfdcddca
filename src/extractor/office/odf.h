// The common parts of ODT, ODS and ODP (OASIS OpenDocument 1.3).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/status.h"
#include "extractor/office/package.h"
#include "extractor/office/xml.h"
#include "extractor/readers.h"

namespace rappel::extractor {

// Errors: as Package::open(), and kInvalidArgument for encrypted documents.
Result<Package> open_odf(const Source& source, ContentSink& sink);

Status give_odf_properties(const Package& package, ContentSink& sink);

// Styles by name, each based on its parent.
class OdfStyles {
 public:
  // Styles of office:styles and office:automatic-styles below the root of content.xml or styles.xml, which
  // must outlive it. A name that is known stays.
  void load(XmlNode root);
  // True if the style or one that it is based on has the name.
  bool is(std::string_view name, std::string_view base) const;
  // A property element such as "style:table-properties" of the style itself.
  XmlNode properties(std::string_view name, const char* kind) const;

 private:
  std::map<std::string, XmlNode, std::less<>> styles_;
};

}  // namespace rappel::extractor
