// The common parts of DOCX, XLSX and PPTX: relations between parts, properties, embedded files.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "extractor/office/package.h"
#include "extractor/office/xml.h"

namespace rappel::extractor {

struct Relation {
  std::string type;    // the last part of its name: "slide", "image"
  std::string target;  // name of a part, or an address outside the file
  bool external = false;
};
using Relations = std::map<std::string, Relation, std::less<>>;  // by id

// Those of the part; empty if there are none. "" is the package itself.
Relations read_relations(const Package& package, std::string_view part);
// Target inside the package; "" if there is no such relation.
std::string target_of(const Relations& relations, std::string_view id);
std::string target_of_type(const Relations& relations, std::string_view type);

// The part with the document, by the relations of the package; `usual` without them.
std::string main_part(const Package& package, std::string_view usual);

// Loads the part as a tree and warns if it is damaged. False: there is no such part or nothing in it.
Result<bool> load_part(const Package& package, std::string_view part, XmlTree& tree, ContentSink& sink,
                       XmlSpace space = XmlSpace::kInText);

// Parts "FOLDER/NAME.xml" as written, "slide2" before "slide10": for packages whose list of them is lost.
std::vector<std::string> numbered_parts(const Package& package, std::string_view folder);

// The branch of mc:AlternateContent to read; all of them say the same.
XmlNode chosen_alternative(XmlNode alternate);

Status give_core_properties(const Package& package, ContentSink& sink);

// Files in `folder` ("word/embeddings/") as attachments, except the data of charts.
Status give_embedded_files(const Package& package, std::string_view folder, ContentSink& sink);

}  // namespace rappel::extractor
