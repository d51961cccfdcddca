// The plan of an EPUB book: its properties, the documents in reading order and the table of contents.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "extractor/office/package.h"
#include "extractor/office/xml.h"

namespace rappel::extractor {

struct EpubBook {
  std::vector<std::string> documents;         // parts; those outside the reading order come last
  std::map<std::string, std::string> titles;  // by part, from the table of contents
  bool lost = false;                          // no plan was found; the documents are in the order of names
};

// Gives the properties to the sink.
Result<EpubBook> read_epub_plan(const Package& package, ContentSink& sink);

// True if one of the documents is encrypted, as in books with digital rights management.
bool is_encrypted_book(const Package& package, const EpubBook& book);

// "a%20b.xhtml#part" -> "a b.xhtml"
std::string path_of_link(std::string_view link);

}  // namespace rappel::extractor
