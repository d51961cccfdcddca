#include "ingest/content/outline.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/utf8.h"

namespace rappel {
namespace {

bool is_part(MarkKind kind) { return kind < MarkKind::kFile; }

std::uint32_t offset(std::size_t byte) { return static_cast<std::uint32_t>(byte); }

}  // namespace

const std::string& Outline::name_of(const OutlineMark& mark) const {
  static const std::string kNone;
  return mark.name < names.size() ? names[mark.name] : kNone;
}

std::size_t Outline::memory() const {
  std::size_t bytes = marks.capacity() * sizeof(OutlineMark) + names.capacity() * sizeof(std::string);
  for (const std::string& name : names) bytes += name.capacity();
  return bytes;
}

std::uint32_t OutlineBuilder::name(const std::string& text) {
  if (text.empty()) return OutlineMark::kNoName;
  const std::string_view start = std::string_view(text).substr(0, kMostNameBytes);
  outline_.names.emplace_back(start.substr(0, utf8_valid_prefix(start)));
  return offset(outline_.names.size() - 1);
}

OutlineMark* OutlineBuilder::add(MarkKind kind, std::size_t begin, std::size_t end) {
  const bool counts = !is_part(kind) && kind != MarkKind::kFile;
  if (counts && counted_ == kMostMarks) {
    // Text beyond the bound belongs to no known heading.
    if (!std::exchange(cut_, true))
      outline_.marks.push_back({.kind = MarkKind::kHeading, .begin = offset(begin), .end = offset(begin)});
    return nullptr;
  }
  counted_ += counts ? 1 : 0;
  outline_.marks.push_back({.kind = kind, .begin = offset(begin), .end = offset(end)});
  return &outline_.marks.back();
}

void OutlineBuilder::part(MarkKind kind, const std::string& name, std::size_t begin) {
  OutlineMark* const mark = add(kind, begin, begin);
  mark->number = ++numbers_[static_cast<std::size_t>(kind)];
  mark->name = this->name(name);
  open_ = false;
  if (kind != MarkKind::kPage) last_row_ = 0;  // a table goes on over pages
}

void OutlineBuilder::heading(int level, std::size_t begin, std::size_t end, const std::string& text) {
  if (OutlineMark* const mark = add(MarkKind::kHeading, begin, end)) {
    mark->level = static_cast<std::uint8_t>(std::clamp(level, 1, 9));
    mark->name = name(text);
  }
  open_ = false;
  last_row_ = 0;
}

void OutlineBuilder::row(std::uint32_t number, bool header, const std::string& text, std::size_t begin) {
  const std::size_t end = begin + text.size();
  const bool one_line = text.find('\n') == std::string::npos;
  const bool goes_on = last_row_ != 0 && number > last_row_;
  if (!goes_on) columns_ = OutlineMark::kNoName;
  const bool named = header && columns_ == OutlineMark::kNoName;
  if (open_ && goes_on && !named && one_line && number == last_row_ + 1 &&
      outline_.marks.back().kind == MarkKind::kTable) {
    outline_.marks.back().end = offset(end);
  } else if (OutlineMark* const mark = add(MarkKind::kTable, begin, end)) {
    mark->number = number;
    mark->level = one_line ? 0 : 1;
    if (named) columns_ = name(text);
    mark->name = columns_;
    open_ = one_line;
  }
  last_row_ = number;
}

void OutlineBuilder::run(MarkKind kind, std::size_t begin, std::size_t end) {
  if (open_ && outline_.marks.back().kind == kind) {
    outline_.marks.back().end = offset(end);
  } else {
    open_ = add(kind, begin, end) != nullptr;
  }
  last_row_ = 0;
}

void OutlineBuilder::file(const std::string& name, const Outline& inner, std::size_t begin,
                          std::size_t size) {
  add(MarkKind::kFile, begin, begin + size)->name = this->name(name);
  open_ = false;
  std::vector<std::uint32_t> moved;  // names of the inner outline that are used, in this one
  for (const OutlineMark& mark : inner.marks) {
    OutlineMark* const added = add(mark.kind, begin + mark.begin, begin + mark.end);
    if (added == nullptr) continue;
    added->level = mark.level;
    added->number = mark.number;
    if (mark.name >= inner.names.size()) continue;
    moved.resize(inner.names.size(), OutlineMark::kNoName);
    if (moved[mark.name] == OutlineMark::kNoName) moved[mark.name] = this->name(inner.names[mark.name]);
    added->name = moved[mark.name];
  }
}

Outline OutlineBuilder::take() {
  outline_.marks.shrink_to_fit();
  return std::move(outline_);
}

}  // namespace rappel
