// Place: where in its file a chunk stands, so that an answer can be cited: "report.pdf, page 12,
// section 3.2".
//
// Numbers count from 1; 0 means that there is none. A chunk may reach over a border: `last_..` is where it
// ends. An empty place is that of a text without structure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "store/metadata.h"

namespace rappel {

struct Chunk;

struct Place {
  std::vector<std::string> files;  // names of the files in the file, outermost first: mails, archives
  std::uint32_t page = 0, last_page = 0;
  std::string page_label, last_page_label;  // as printed on the page, where it is not the number
  std::uint32_t slide = 0, last_slide = 0;
  std::uint32_t message = 0;  // of a mailbox
  std::string sheet;
  std::uint32_t row = 0, last_row = 0;  // of the sheet or table, if it has nothing but rows
  std::string columns;  // names of the columns, parted by tabs, if it begins inside a table after them
  std::string chapter;
  std::vector<std::string> section;       // the headings above it, outermost first
  std::vector<std::string> last_section;  // where it ends, if that is another section

  bool empty() const { return *this == Place(); }
  bool operator==(const Place&) const = default;
};

// Memory beyond the object itself.
std::size_t place_bytes(const Place& place);

// As one JSON text, for stores that keep it in one column; "" for an empty place.
std::string place_text_of(const Place& place);
// kInvalidArgument: not a text of place_text_of(). Unknown members are left out.
Result<Place> parse_place(std::string_view text);

// The members that answers add to a chunk's metadata, in this order; none for an empty place. Paths are
// joined by " > ". `begin` and `end` are the last ones.
using PlaceMembers = std::vector<std::pair<std::string, MetadataValue>>;
PlaceMembers place_members(const Chunk& chunk);

// For people: "page 12, section 3 Results > 3.2 Recall"; "" for an empty place.
std::string place_phrase(const Place& place);

}  // namespace rappel
