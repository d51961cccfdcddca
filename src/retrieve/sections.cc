#include "retrieve/sections.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <span>
#include <utility>

namespace rappel {
namespace {

using Path = std::vector<std::string>;

// Where one end of a chunk stands.
struct Spot {
  const Place* place = nullptr;
  std::uint32_t slide = 0;
  const Path* headings = nullptr;
};

Spot begin_of(const Place& place) { return {&place, place.slide, &place.section}; }

Spot end_of(const Place& place) {
  return {&place, place.last_slide != 0 ? place.last_slide : place.slide,
          place.last_section.empty() ? &place.section : &place.last_section};
}

bool in_same_part(const Spot& spot, const Spot& other) {
  const Place &a = *spot.place, &b = *other.place;
  return a.files == b.files && a.message == b.message && a.sheet == b.sheet && spot.slide == other.slide &&
         a.chapter == b.chapter;
}

// Whether `other` is in the section of `spot`.
bool holds(const Spot& spot, const Spot& other) {
  const Path &above = *spot.headings, &below = *other.headings;
  if (!in_same_part(spot, other) || above.size() > below.size() || (above.empty() && !below.empty()))
    return false;
  return std::equal(above.begin(), above.end(), below.begin());
}

// The byte after so many characters.
std::size_t byte_after(const std::string& text, std::size_t characters) {
  std::size_t byte = 0;
  for (; byte < text.size(); ++byte)
    if ((static_cast<unsigned char>(text[byte]) & 0xC0) != 0x80 && characters-- == 0) break;
  return byte;
}

bool has_lines(const std::string& text) { return text.find_first_of("\n\t") != std::string::npos; }

void append_gap(std::string& text, std::size_t characters, bool in_line) {
  if (characters == 1 && in_line) {
    text += ' ';
  } else if (characters == 2) {
    text += "\n\n";
  } else if (characters > 0) {
    text += '\n';
    text.append(characters - 1, ' ');
  }
}

// `place` goes on to the end of `next`.
void extend(Place& place, const Place& next) {
  const auto until = [](std::uint32_t first, std::uint32_t& last, std::uint32_t to) {
    if (to > first) last = to;
  };
  const Spot end = end_of(next);
  const Path last_section = *end.headings;
  if (const std::uint32_t page = next.last_page != 0 ? next.last_page : next.page; page > place.page) {
    place.last_page = page;
    place.last_page_label = next.last_page != 0 ? next.last_page_label : next.page_label;
  }
  until(place.slide, place.last_slide, end.slide);
  if (place.row == 0 || next.row == 0)
    place.row = place.last_row = 0;
  else
    until(place.row, place.last_row, next.last_row != 0 ? next.last_row : next.row);
  place.last_section = last_section == place.section ? Path() : last_section;
}

// One side of a chunk on which its section may go on.
class Side {
 public:
  Side(const Chunk& chunk, bool forward, std::optional<std::size_t> neighbors)
      : forward_(forward),
        neighbors_(neighbors),
        spot_(forward ? end_of(chunk.place) : begin_of(chunk.place)),
        index_(chunk.index) {
    open_ = has_next();
  }

  bool open() const { return open_; }
  void close() { open_ = false; }
  std::uint32_t next() const { return forward_ ? index_ + 1 : index_ - 1; }
  // False: `neighbor`, the next chunk, is not in the section.
  bool take(const Chunk& neighbor) {
    const Spot near = forward_ ? begin_of(neighbor.place) : end_of(neighbor.place);
    const Spot far = forward_ ? end_of(neighbor.place) : begin_of(neighbor.place);
    open_ = reaches(near);
    if (!open_) return false;
    index_ = next();
    ++taken_;
    open_ = reaches(far) && has_next();
    return true;
  }

 private:
  bool reaches(const Spot& spot) const { return neighbors_ ? in_same_part(spot_, spot) : holds(spot_, spot); }
  bool has_next() const {
    return (forward_ ? index_ < UINT32_MAX : index_ > 0) && (!neighbors_ || taken_ < *neighbors_);
  }

  const bool forward_;
  const std::optional<std::size_t> neighbors_;
  const Spot spot_;  // of the chunk where it began, which lives on
  std::uint32_t index_;
  std::size_t taken_ = 0;
  bool open_ = true;
};

}  // namespace

void append_chunk(Section& section, const Chunk& next) {
  Chunk& whole = section.chunk;
  const bool in_line = !has_lines(whole.text) && !has_lines(next.text);
  if (next.begin > whole.end) append_gap(whole.text, next.begin - whole.end, in_line);
  const std::size_t repeated = whole.end > next.begin ? whole.end - next.begin : 0;
  whole.text.append(next.text, byte_after(next.text, repeated));
  whole.end = next.end;
  section.last = next.index;
  extend(whole.place, next.place);
}

const Section* Sections::holder_of(const std::string& document, std::uint32_t index) const {
  const auto known = by_document_.find(document);
  if (known == by_document_.end()) return nullptr;
  for (const std::size_t number : known->second)
    if (const Section& section = sections_[number]; section.first <= index && index <= section.last)
      return &section;
  return nullptr;
}

Result<std::size_t> Sections::add(const Chunk& chunk) {
  if (const Section* const holder = holder_of(chunk.document_id, chunk.index))
    return static_cast<std::size_t>(holder - sections_.data());
  RAPPEL_ASSIGN(Section section, around(chunk));
  sections_.push_back(std::move(section));
  by_document_[chunk.document_id].push_back(sections_.size() - 1);
  return sections_.size() - 1;
}

Result<Section> Sections::around(const Chunk& chunk) {
  RAPPEL_TRY(meter_.hold(chunk));
  RAPPEL_ASSIGN(const std::vector<Chunk> chunks, grow(chunk));
  Section section{chunks.front(), chunks.front().index, chunks.front().index};
  for (const Chunk& next : std::span(chunks).subspan(1)) append_chunk(section, next);
  return section;
}

// The chunk and its neighbors, in order: one at a time, on the side that has less text so far.
Result<std::vector<Chunk>> Sections::grow(const Chunk& chunk) {
  std::deque<Chunk> chunks = {chunk};
  Side before(chunk, false, reach_.neighbors), after(chunk, true, reach_.neighbors);
  while (before.open() || after.open()) {
    const std::size_t text_before = chunk.begin - chunks.front().begin,
                      text_after = chunks.back().end - chunk.end;
    const bool forward = after.open() && (!before.open() || text_after <= text_before);
    Side& side = forward ? after : before;
    std::optional<Chunk> found;
    if (holder_of(chunk.document_id, side.next()) == nullptr) {
      RAPPEL_ASSIGN(found, reader_.chunk_at(chunk.document_id, side.next()));
    }
    const auto chars = [&]() -> std::size_t {
      return forward ? found->end - chunks.front().begin : chunks.back().end - found->begin;
    };
    if (!found || (!reach_.neighbors && chars() > reach_.most_chars) || !side.take(*found)) {
      side.close();
      continue;
    }
    RAPPEL_TRY(meter_.hold(*found));
    if (forward)
      chunks.push_back(std::move(*found));
    else
      chunks.push_front(std::move(*found));
  }
  return std::vector<Chunk>(std::make_move_iterator(chunks.begin()), std::make_move_iterator(chunks.end()));
}

}  // namespace rappel
