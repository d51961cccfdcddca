// Borders: where a text is cut that has an outline.
//
// In this order: at a new part (slide, sheet, chapter, message, file in the file; pages are no borders); at
// a heading; before a table, list or code that fits into a chunk of its own; between rows, items or blocks
// of code. Elsewhere it has no advice, and sentences decide.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "ingest/content/outline.h"

namespace rappel {

class Borders {
 public:
  // The text must outlive it.
  Borders(std::string_view text, const Outline& outline);

  // Bytes of the text. A piece begins at `begin`, and must end after `covered`.
  struct Window {
    std::size_t begin = 0, covered = 0;
    std::size_t least = 0;    // an end before it makes a poor piece
    std::size_t section = 0;  // a heading after it ends the piece
    std::size_t limit = 0;    // about here the piece has its size
    std::size_t reach = 0;    // the last end that is allowed
    bool rest_fits = false;   // the text ends there
  };
  struct Cut {
    std::size_t at = 0;       // 0: no advice
    bool structural = false;  // a new topic begins there: nothing of the piece is repeated after it
  };
  // `covered` must not go back from call to call. `fits`: whether text[begin, end) is within the size of a
  // piece.
  template <class Fits>
  Cut find(const Window& window, Fits fits) {
    move_to(window.covered);
    const std::size_t part = part_border(window);
    const std::size_t heading = heading_border(window, part);
    if (heading != 0) return {heading, true};
    if (part != 0) return {part, true};
    if (window.rest_fits) return {};
    if (const OutlineMark* const unit = unit_at(window.limit)) {
      const bool whole = unit->begin > window.covered && unit->begin >= window.least;
      if (whole && (fits(unit->begin, unit->end) || has_header_alone(*unit, window.limit)))
        return {unit->begin, false};
      return {inner_border(*unit, window), false};
    }
    return {};
  }

  // The same cut, or a place before the headings that it would leave at the end of the piece.
  std::size_t without_trailing_heading(std::size_t cut, std::size_t covered) const;

 private:
  struct Heading {  // one, or several without text between
    std::uint32_t begin = 0, end = 0;
  };

  void move_to(std::size_t covered);
  std::size_t part_border(const Window& window) const;
  std::size_t heading_border(const Window& window, std::size_t part) const;
  const OutlineMark* unit_at(std::size_t byte) const;
  bool has_header_alone(const OutlineMark& unit, std::size_t limit) const;
  std::size_t inner_border(const OutlineMark& unit, const Window& window) const;

  const std::string_view text_;
  const Outline& outline_;
  std::vector<std::uint32_t> parts_;  // ascending, each once
  std::vector<Heading> headings_;
  std::vector<const OutlineMark*> units_;         // tables, lists, code
  std::size_t next_part_ = 0, next_heading_ = 0;  // the first ones after `covered`
};

}  // namespace rappel
