// Content: what a reader finds in a file, given piece by piece in reading order.
//
// A reader calls the sink with parts (pages, slides, sheets, ..), blocks of text, properties, warnings and
// attachments. The sink counts, and refuses what is too much with kResourceExhausted; a reader returns a
// failure of the sink as it is. Earlier pieces count: partial text is better than none.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace rappel {

enum class PartKind { kPage, kSlide, kSheet, kChapter, kMessage };

// The blocks after it belong to it, until the next part. Parts of a kind are numbered from 1 as they come.
struct Part {
  PartKind kind = PartKind::kPage;
  std::string name = {};  // page label, name of a sheet, title of a chapter; may be empty
  bool hidden = false;    // sheets and slides
};

enum class BlockKind : std::uint8_t {
  kParagraph,
  kHeading,
  kListItem,
  kTableRow,  // cells parted by tabs; line ends inside a cell stay
  kCode,
  kNote,  // foot- and endnotes, speaker notes, comments
};

struct Block {
  BlockKind kind = BlockKind::kParagraph;
  std::string text;         // UTF-8 in logical order, without line ends at its ends
  int level = 0;            // headings: 1..9; list items: depth from 0
  std::uint32_t row = 0;    // table rows: of the sheet or table, from 1; else 0
  bool header_row = false;  // table rows: the names of the columns
};

// A file inside the file, read by its own type afterwards.
struct Attachment {
  std::string name;        // as written in the file
  std::string media_type;  // as declared, "" if not
  std::string bytes;
  // Sender and date of the mail that it came with, as the properties of such names; "" if not known.
  std::string author = {}, created_at = {};
};

class ContentSink {
 public:
  virtual ~ContentSink() = default;
  virtual Status part(Part part) = 0;
  // Blocks without visible text are dropped.
  virtual Status block(Block block) = 0;
  // "title", "author", "subject", "created_at" and "modified_at" (RFC 3339), "language" (BCP 47), "from",
  // "to", "cc", "date", "encoding", "delimiter", "pages". The first of a name stands; empty ones are dropped.
  virtual Status property(std::string_view name, std::string value) = 0;
  // A sentence without a full stop: "3 pages without a text layer: 3-5".
  virtual Status warning(std::string message) = 0;
  virtual Status attachment(Attachment attachment) = 0;
};

}  // namespace rappel
