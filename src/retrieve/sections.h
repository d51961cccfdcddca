// Sections: small chunks are searched, and the section around each is returned (small-to-big retrieval).
//
// The section of a chunk is made of neighboring chunks of its document: in the same file of the file,
// message, sheet, slide and chapter, and below the headings above the chunk's begin (before it) or its end
// (after it). Where there are no headings, it is all of that part. If it is longer, it holds at most
// `most_chars` characters around the chunk, in whole chunks, and always the chunk itself. The sections of one
// answer share no chunk.
//
// With a number of neighbors the section is made of so many chunks before and after the chunk instead, below
// whatever headings, of the same part.
//
// A store does not keep the white space between two chunks. A section has as many characters there: a line
// end and spaces, or one space within a line. So its text has exactly end - begin characters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "retrieve/answer_meter.h"
#include "store/snapshot_store.h"

namespace rappel {

// Neighboring chunks of a document as one.
struct Section {
  Chunk chunk;  // text, range and place of all; the rest of the first one that was added
  std::uint32_t first = 0, last = 0;  // indexes of its chunks
};

// Adds the chunk after it, which may repeat the end of its text. `next` ends after the section.
void append_chunk(Section& section, const Chunk& next);

// How far a section reaches.
struct SectionReach {
  std::size_t most_chars = 0;                 // code points
  std::optional<std::size_t> neighbors = {};  // chunks on each side; most_chars does not count then
};

// Collects the sections of one query's chunks. Reader and meter must outlive it.
class Sections {
 public:
  Sections(StoreReader& reader, AnswerMeter& meter, SectionReach reach)
      : reader_(reader), meter_(meter), reach_(reach) {}

  // The number of the chunk's section, which may have been added for another chunk. Errors of the store and
  // of the meter.
  Result<std::size_t> add(const Chunk& chunk);

  std::size_t size() const { return sections_.size(); }
  std::vector<Section> take() { return std::move(sections_); }

 private:
  const Section* holder_of(const std::string& document, std::uint32_t index) const;
  Result<Section> around(const Chunk& chunk);
  Result<std::vector<Chunk>> grow(const Chunk& chunk);

  StoreReader& reader_;
  AnswerMeter& meter_;
  const SectionReach reach_;
  std::vector<Section> sections_;
  std::map<std::string, std::vector<std::size_t>> by_document_;
};

}  // namespace rappel
