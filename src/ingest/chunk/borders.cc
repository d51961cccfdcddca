#include "ingest/chunk/borders.h"

#include <algorithm>

#include "ingest/chunk/text_scan.h"

namespace rappel {

Borders::Borders(std::string_view text, const Outline& outline) : text_(text), outline_(outline) {
  for (const OutlineMark& mark : outline.marks) {
    switch (mark.kind) {
      case MarkKind::kPage: break;
      case MarkKind::kFile:
        parts_.push_back(mark.begin);
        parts_.push_back(mark.end);
        break;
      case MarkKind::kHeading: {
        const bool joins = !headings_.empty() && mark.begin >= headings_.back().end &&
                           first_visible(text, headings_.back().end, mark.begin) == mark.begin;
        if (joins)
          headings_.back().end = mark.end;
        else if (mark.level > 0)
          headings_.push_back({mark.begin, mark.end});
        break;
      }
      case MarkKind::kTable:
      case MarkKind::kList:
      case MarkKind::kCode: units_.push_back(&mark); break;
      default: parts_.push_back(mark.begin);
    }
  }
  std::sort(parts_.begin(), parts_.end());
  parts_.erase(std::unique(parts_.begin(), parts_.end()), parts_.end());
}

void Borders::move_to(std::size_t covered) {
  while (next_part_ < parts_.size() && parts_[next_part_] <= covered) ++next_part_;
  while (next_heading_ < headings_.size() && headings_[next_heading_].begin <= covered) ++next_heading_;
}

// The first one that leaves a good piece. A short part joins the next one only if that fits as a whole.
std::size_t Borders::part_border(const Window& window) const {
  std::size_t best = 0;
  for (std::size_t i = next_part_; i < parts_.size() && parts_[i] <= window.reach; ++i) {
    best = parts_[i];
    if (best >= window.least) break;
  }
  return best;
}

std::size_t Borders::heading_border(const Window& window, std::size_t part) const {
  const std::size_t end = part != 0 ? part : window.reach;
  for (std::size_t i = next_heading_; i < headings_.size() && headings_[i].begin < end; ++i)
    if (headings_[i].begin >= window.section) return headings_[i].begin;
  return 0;
}

// The table, list or code that holds the byte.
const OutlineMark* Borders::unit_at(std::size_t byte) const {
  auto unit = std::partition_point(units_.begin(), units_.end(),
                                   [&](const OutlineMark* mark) { return mark->begin < byte; });
  if (unit == units_.begin()) return nullptr;
  --unit;
  return (*unit)->end > byte ? *unit : nullptr;
}

bool Borders::has_header_alone(const OutlineMark& unit, std::size_t limit) const {
  if (unit.kind != MarkKind::kTable || unit.name == OutlineMark::kNoName) return false;
  const std::size_t row = text_.find('\n', unit.begin);
  return row >= limit || text_.substr(row + 1, limit - row - 1).find('\n') == std::string_view::npos;
}

// The last line end before the limit; in code the last blank line, if the piece is half full there.
std::size_t Borders::inner_border(const OutlineMark& unit, const Window& window) const {
  const std::size_t floor = std::max({window.covered, window.least, std::size_t{unit.begin}});
  if (window.limit <= floor) return 0;
  const std::string_view inside = text_.substr(floor, window.limit - floor);
  if (unit.kind == MarkKind::kCode) {
    const std::size_t half = window.begin + (window.limit - window.begin) / 2;
    const std::size_t blank = inside.rfind("\n\n");
    if (blank != std::string_view::npos && floor + blank >= half) return floor + blank + 1;
  }
  const std::size_t line = inside.rfind('\n');
  return line == std::string_view::npos ? 0 : floor + line + 1;
}

std::size_t Borders::without_trailing_heading(std::size_t cut, std::size_t covered) const {
  const auto after = std::partition_point(headings_.begin(), headings_.end(),
                                          [&](const Heading& heading) { return heading.begin < cut; });
  if (after == headings_.begin()) return cut;
  const Heading& heading = *std::prev(after);
  const bool ends = heading.end >= cut || first_visible(text_, heading.end, cut) == cut;
  return ends && heading.begin > covered ? heading.begin : cut;
}

}  // namespace rappel
