// PlaceFinder: the places of ranges of a text by its outline, in one pass.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/content/outline.h"
#include "store/place.h"

namespace rappel {

class PlaceFinder {
 public:
  // Both must outlive it.
  PlaceFinder(std::string_view text, const Outline& outline);

  // The place of text[begin, end), without white space at its ends. `begin` must not go back from call to
  // call, of either function.
  Place place_of(std::size_t begin, std::size_t end);
  // The subject of the text from `begin` on, as far as it does not say it itself: chapter or sheet and the
  // headings above it, a line each, outermost first; then the names of the columns, if it begins inside a
  // table.
  std::vector<std::string> context_of(std::size_t begin);

 private:
  using Marks = std::vector<OutlineMark>::const_iterator;
  // The state at a byte, within one file.
  struct Scope {
    std::size_t end = 0;
    const OutlineMark* file = nullptr;  // null: the outermost one
    std::array<const OutlineMark*, 5> parts = {};
    std::array<const OutlineMark*, 9> headings = {};
    const OutlineMark* table = nullptr;  // the last one that began
  };
  using Scopes = std::vector<Scope>;
  struct Rows {
    std::uint32_t first = 0, last = 0;
    bool alone = true;  // nothing but rows
  };

  void move_to(std::size_t byte);
  // The names of the columns, if the byte lies inside a table after the row that has them.
  const std::string* columns_at(const Scope& scope, std::size_t byte) const;
  static void apply(const OutlineMark& mark, Scopes& scopes);
  static void leave(std::size_t byte, Scopes& scopes);
  std::string heading_text(const OutlineMark& mark) const;
  std::vector<std::string> path(const Scope& scope, std::size_t before) const;
  Rows rows_of(std::size_t begin, std::size_t end);
  std::uint32_t row_at(const OutlineMark& table, std::size_t byte);
  bool is_blank(std::size_t begin, std::size_t end) const;
  static void set_parts(const Outline& outline, const Scope& first, const Scope* last, bool several_messages,
                        Place& place);

  const std::string_view text_;
  const Outline& outline_;
  bool several_messages_ = false;
  Marks next_;  // the first mark that does not hold yet
  std::size_t reached_ = 0;
  Scopes scopes_;                               // at the last `begin`, outermost first
  const OutlineMark* counted_table_ = nullptr;  // lines of it are counted up to counted_
  std::size_t counted_ = 0;
  std::uint32_t lines_ = 0;
};

}  // namespace rappel
