#include "ingest/chunk/place_finder.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/utf8.h"

namespace rappel {
namespace {

constexpr std::size_t kMostHeadingBytes = 200;

std::size_t index_of(MarkKind kind) { return static_cast<std::size_t>(kind); }

const OutlineMark* part_of(const std::array<const OutlineMark*, 5>& parts, MarkKind kind) {
  return parts[index_of(kind)];
}

}  // namespace

PlaceFinder::PlaceFinder(std::string_view text, const Outline& outline)
    : text_(text), outline_(outline), next_(outline.marks.begin()) {
  const auto messages =
      std::count_if(outline.marks.begin(), outline.marks.end(),
                    [](const OutlineMark& mark) { return mark.kind == MarkKind::kMessage; });
  several_messages_ = messages > 1;
  scopes_.push_back({.end = text.size() + 1});
}

void PlaceFinder::leave(std::size_t byte, Scopes& scopes) {
  while (scopes.size() > 1 && scopes.back().end <= byte) scopes.pop_back();
}

void PlaceFinder::apply(const OutlineMark& mark, Scopes& scopes) {
  leave(mark.begin, scopes);
  Scope& scope = scopes.back();
  switch (mark.kind) {
    case MarkKind::kFile: scopes.push_back({.end = mark.end, .file = &mark}); break;
    case MarkKind::kHeading: {
      const std::size_t level = mark.level;
      if (level > 0) scope.headings[level - 1] = &mark;
      std::fill(scope.headings.begin() + static_cast<std::ptrdiff_t>(level), scope.headings.end(), nullptr);
      break;
    }
    case MarkKind::kTable: scope.table = &mark; break;
    case MarkKind::kList:
    case MarkKind::kCode: break;
    case MarkKind::kPage: scope.parts[index_of(mark.kind)] = &mark; break;
    default:
      scope.parts[index_of(mark.kind)] = &mark;
      scope.headings = {};
      scope.table = nullptr;
  }
}

void PlaceFinder::move_to(std::size_t byte) {
  RAPPEL_CHECK(byte >= reached_, "places are asked in order");
  reached_ = byte;
  for (; next_ != outline_.marks.end() && next_->begin <= byte; ++next_) apply(*next_, scopes_);
  leave(byte, scopes_);
}

std::string PlaceFinder::heading_text(const OutlineMark& mark) const {
  const std::string& name = outline_.name_of(mark);
  const std::string_view whole =
      name.empty() ? text_.substr(mark.begin, mark.end - mark.begin) : std::string_view(name);
  std::string text;
  bool space = false;
  for (const char c : whole.substr(0, kMostHeadingBytes)) {
    const bool blank = c == ' ' || (c >= '\t' && c <= '\r');
    if (!blank && space && !text.empty()) text += ' ';
    if (!blank) text += c;
    space = blank;
  }
  text.resize(utf8_valid_prefix(text));
  return text;
}

// Headings that begin before that byte, without one that repeats the name of its sheet or chapter.
std::vector<std::string> PlaceFinder::path(const Scope& scope, std::size_t before) const {
  std::vector<std::string> path;
  for (const OutlineMark* const heading : scope.headings) {
    if (heading == nullptr || heading->begin >= before) continue;
    std::string text = heading_text(*heading);
    bool repeated = text.empty();
    for (const MarkKind kind : {MarkKind::kSheet, MarkKind::kChapter})
      if (const OutlineMark* const part = part_of(scope.parts, kind); part != nullptr && path.empty())
        repeated = repeated || text == outline_.name_of(*part);
    if (!repeated) path.push_back(std::move(text));
  }
  return path;
}

bool PlaceFinder::is_blank(std::size_t begin, std::size_t end) const {
  for (std::size_t at = begin; at < end;) {
    std::size_t length = 0;
    if (!u_isUWhiteSpace(static_cast<UChar32>(utf8_decode(text_, at, length)))) return false;
    at += length;
  }
  return true;
}

// The number of the row in which that byte lies. Lines are counted on from the last call.
std::uint32_t PlaceFinder::row_at(const OutlineMark& table, std::size_t byte) {
  if (table.number == 0 || table.level != 0) return table.number;
  if (counted_table_ != &table || byte < counted_) {
    counted_table_ = &table;
    counted_ = table.begin;
    lines_ = 0;
  }
  const auto from = text_.begin() + static_cast<std::ptrdiff_t>(counted_);
  const auto to = text_.begin() + static_cast<std::ptrdiff_t>(byte);
  lines_ += static_cast<std::uint32_t>(std::count(from, to, '\n'));
  counted_ = byte;
  return table.number + lines_;
}

// Line ends are counted in the chunk alone, and once in the table before it.
PlaceFinder::Rows PlaceFinder::rows_of(std::size_t begin, std::size_t end) {
  Rows rows;
  std::size_t covered = begin;
  const auto look_at = [&](const OutlineMark& table, std::uint32_t first, std::size_t from) {
    const std::size_t to = std::min<std::size_t>(end, table.end);
    if (rows.first == 0) rows.first = first;
    rows.last = first;
    if (table.level == 0)
      rows.last +=
          static_cast<std::uint32_t>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(from),
                                                text_.begin() + static_cast<std::ptrdiff_t>(to), '\n'));
    covered = to;
  };
  if (const OutlineMark* const table = scopes_.back().table; table != nullptr && table->end > begin)
    look_at(*table, row_at(*table, begin), begin);
  for (Marks mark = next_; mark != outline_.marks.end() && mark->begin < end; ++mark) {
    if (mark->kind != MarkKind::kTable) continue;
    rows.alone = rows.alone && is_blank(covered, mark->begin) && mark->number > rows.last;
    if (mark->number <= rows.last) break;  // another table
    look_at(*mark, mark->number, mark->begin);
  }
  rows.alone = rows.alone && is_blank(covered, end);
  return rows;
}

std::vector<std::string> PlaceFinder::context_of(std::size_t begin) {
  move_to(begin);
  const Scope& scope = scopes_.back();
  std::vector<std::string> lines;
  for (const MarkKind kind : {MarkKind::kSheet, MarkKind::kChapter})
    if (const OutlineMark* const part = part_of(scope.parts, kind);
        part != nullptr && part->begin < begin && !outline_.name_of(*part).empty())
      lines.push_back(outline_.name_of(*part));
  for (std::string& heading : path(scope, begin)) lines.push_back(std::move(heading));
  if (const std::string* const columns = columns_at(scope, begin)) lines.push_back(*columns);
  return lines;
}

const std::string* PlaceFinder::columns_at(const Scope& scope, std::size_t byte) const {
  const OutlineMark* const table = scope.table;
  if (table == nullptr || table->end <= byte) return nullptr;
  const std::string& columns = outline_.name_of(*table);
  return columns.empty() || text_.substr(byte).starts_with(columns) ? nullptr : &columns;
}

void PlaceFinder::set_parts(const Outline& outline, const Scope& first, const Scope* last,
                            bool several_messages, Place& place) {
  const auto number = [&](MarkKind kind, std::uint32_t& at, std::uint32_t& until) {
    const OutlineMark* const part = part_of(first.parts, kind);
    if (part == nullptr) return;
    at = part->number;
    const OutlineMark* const end = last != nullptr ? part_of(last->parts, kind) : nullptr;
    if (end != nullptr && end->number > at) until = end->number;
  };
  const auto label = [&](const OutlineMark* page, bool wanted) -> std::string {
    if (page == nullptr || !wanted) return {};
    const std::string& name = outline.name_of(*page);
    return name == std::to_string(page->number) ? std::string() : name;
  };
  number(MarkKind::kPage, place.page, place.last_page);
  place.page_label = label(part_of(first.parts, MarkKind::kPage), true);
  if (last != nullptr)
    place.last_page_label = label(part_of(last->parts, MarkKind::kPage), place.last_page != 0);
  number(MarkKind::kSlide, place.slide, place.last_slide);
  std::uint32_t ignored = 0;
  if (several_messages) number(MarkKind::kMessage, place.message, ignored);
  if (const OutlineMark* const sheet = part_of(first.parts, MarkKind::kSheet))
    place.sheet = outline.name_of(*sheet);
  if (const OutlineMark* const chapter = part_of(first.parts, MarkKind::kChapter))
    place.chapter = outline.name_of(*chapter);
}

Place PlaceFinder::place_of(std::size_t begin, std::size_t end) {
  Place place;
  if (outline_.empty()) return place;
  move_to(begin);
  const Scope& first = scopes_.back();
  for (const Scope& scope : scopes_)
    if (scope.file != nullptr) place.files.push_back(outline_.name_of(*scope.file));
  Scopes at_end = scopes_;
  bool same_file = true;
  for (Marks mark = next_; mark != outline_.marks.end() && mark->begin < end; ++mark) {
    apply(*mark, at_end);
    same_file = same_file && at_end.size() == scopes_.size() && at_end.back().file == first.file;
  }
  const Scope* const last = same_file ? &at_end.back() : nullptr;
  set_parts(outline_, first, last, several_messages_, place);
  place.section = path(first, begin + 1);
  if (last != nullptr) {
    place.last_section = path(*last, end);
    if (place.last_section == place.section) place.last_section.clear();
  }
  if (const std::string* const columns = columns_at(first, begin)) place.columns = *columns;
  const Rows rows = rows_of(begin, end);
  const bool in_sheet = part_of(first.parts, MarkKind::kSheet) != nullptr;
  const bool one_sheet =
      last != nullptr && part_of(first.parts, MarkKind::kSheet) == part_of(last->parts, MarkKind::kSheet);
  if ((rows.alone || in_sheet) && one_sheet && rows.first != 0) {
    place.row = rows.first;
    if (rows.last > rows.first) place.last_row = rows.last;
  }
  return place;
}

}  // namespace rappel
