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
  name_bytes_ += sizeof(std::string) + outline_.names.back().capacity();
  return offset(outline_.names.size() - 1);
}

OutlineMark* OutlineBuilder::add(MarkKind kind, std::size_t begin, std::size_t end) {
  const bool counts = !is_part(kind) && kind != MarkKind::kFile;
  if (counts && state_.counted == kMostMarks) {
    // Text beyond the bound belongs to no known heading.
    if (!std::exchange(state_.cut, true))
      outline_.marks.push_back({.kind = MarkKind::kHeading, .begin = offset(begin), .end = offset(begin)});
    return nullptr;
  }
  state_.counted += counts ? 1 : 0;
  outline_.marks.push_back({.kind = kind, .begin = offset(begin), .end = offset(end)});
  return &outline_.marks.back();
}

void OutlineBuilder::part(MarkKind kind, const std::string& name, std::size_t begin) {
  OutlineMark* const mark = add(kind, begin, begin);
  mark->number = ++state_.numbers[static_cast<std::size_t>(kind)];
  mark->name = this->name(name);
  state_.open = false;
  if (kind != MarkKind::kPage) state_.last_row = 0;  // a table goes on over pages
}

void OutlineBuilder::heading(int level, std::size_t begin, std::size_t end, const std::string& text) {
  if (OutlineMark* const mark = add(MarkKind::kHeading, begin, end)) {
    mark->level = static_cast<std::uint8_t>(std::clamp(level, 1, 9));
    mark->name = name(text);
  }
  state_.open = false;
  state_.last_row = 0;
}

void OutlineBuilder::row(std::uint32_t number, bool header, const std::string& text, std::size_t begin) {
  const std::size_t end = begin + text.size();
  const bool one_line = text.find('\n') == std::string::npos;
  const bool goes_on = state_.last_row != 0 && number > state_.last_row;
  if (!goes_on) state_.columns = OutlineMark::kNoName;
  const bool named = header && state_.columns == OutlineMark::kNoName;
  if (state_.open && goes_on && !named && one_line && number == state_.last_row + 1 &&
      outline_.marks.back().kind == MarkKind::kTable) {
    outline_.marks.back().end = offset(end);
  } else if (OutlineMark* const mark = add(MarkKind::kTable, begin, end)) {
    mark->number = number;
    mark->level = one_line ? 0 : 1;
    if (named) state_.columns = name(text);
    mark->name = state_.columns;
    state_.open = one_line;
  }
  state_.last_row = number;
}

void OutlineBuilder::run(MarkKind kind, std::size_t begin, std::size_t end) {
  if (state_.open && outline_.marks.back().kind == kind) {
    outline_.marks.back().end = offset(end);
  } else {
    state_.open = add(kind, begin, end) != nullptr;
  }
  state_.last_row = 0;
}

OutlineBuilder::State OutlineBuilder::state() const {
  State state = state_;
  state.marks = outline_.marks.size();
  state.names = outline_.names.size();
  return state;
}

void OutlineBuilder::go_back(const State& state) {
  state_ = state;
  outline_.marks.resize(state.marks);
  for (; outline_.names.size() > state.names; outline_.names.pop_back())
    name_bytes_ -= sizeof(std::string) + outline_.names.back().capacity();
}

OutlineBuilder::State OutlineBuilder::begin_file(const std::string& name, std::size_t begin) {
  const State outer = state();
  add(MarkKind::kFile, begin, begin)->name = this->name(name);
  const State inside{.counted = state_.counted, .cut = state_.cut};
  state_ = inside;
  return outer;
}

void OutlineBuilder::end_file(const State& outer, std::size_t end) {
  outline_.marks[outer.marks].end = offset(end);
  const State inside = state_;
  state_ = outer;
  state_.counted = inside.counted;
  state_.cut = inside.cut;
  state_.open = false;
}

void OutlineBuilder::append(const Outline& inner, std::size_t begin) {
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
