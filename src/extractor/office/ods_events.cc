#include "extractor/office/ods_events.h"

#include <algorithm>
#include <array>
#include <utility>

namespace rappel::extractor {
namespace {

constexpr int kMostRepeats = 64;  // of a cell or row that are written out
constexpr std::uint32_t kMostColumns = 16'384;
constexpr std::uint32_t kMostRows = 1'048'576;
constexpr std::size_t kMostRepeated = 4 << 20;  // bytes, in all repeats of a file
constexpr std::size_t kMostCellText = 1 << 20;
constexpr std::size_t kMostShapes = 10'000;

constexpr std::array<std::string_view, 11> kShapes = {"frame",   "custom-shape", "rect",    "line",
                                                      "ellipse", "connector",    "polygon", "polyline",
                                                      "path",    "caption",      "g"};

bool is_shape(std::string_view name) {
  return std::find(kShapes.begin(), kShapes.end(), name) != kShapes.end();
}

bool is_cell(std::string_view name) { return name == "table-cell" || name == "covered-table-cell"; }

int repeats_of(std::string_view count) { return std::max(1, to_int(count, 1)); }

std::uint32_t plus(std::uint32_t place, int repeats, std::uint32_t most) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(most, std::uint64_t{place} + static_cast<std::uint64_t>(repeats)));
}

void add_collapsed(std::string& text, std::string_view more) {
  for (const char c : more) {
    const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!blank)
      text += c;
    else if (!text.empty() && text.back() != ' ' && text.back() != '\n')
      text += ' ';
  }
}

}  // namespace

Status OdsEvents::start(std::string_view name, const XmlAttributes& attributes) {
  if (name == "style") style_ = attributes["name"];
  if (name == "table-properties" && attributes["display"] == "false") hidden_styles_.insert(style_);
  if (name == "tracked-changes") ++deleted_;
  if (name == "table" && tables_++ == 0) return start_table(attributes);
  if (tables_ == 0) return {};
  if (name == "table-row" && tables_ == 1) {
    row_repeats_ = repeats_of(attributes["number-rows-repeated"]);
    column_ = 0;
    cells_.clear();
  }
  if (is_cell(name) && tables_ == 1) start_cell(attributes);
  if (is_shape(name)) ++shapes_;
  if (name == "annotation") in_comment_ = true;
  if (name == "creator") in_creator_ = in_comment_;
  if (name == "p") {
    in_paragraph_ = true;
    paragraph_.clear();
  }
  if (name == "tab") paragraph_ += '\t';
  if (name == "line-break") paragraph_ += '\n';
  if (name == "s")
    paragraph_.append(static_cast<std::size_t>(std::clamp(to_int(attributes["c"], 1), 1, 32)), ' ');
  return {};
}

Status OdsEvents::end(std::string_view name) {
  if (name == "tracked-changes") --deleted_;
  if (name == "table" && tables_ > 0 && --tables_ == 0) return end_table();
  if (tables_ == 0) return {};
  if (name == "p") return end_paragraph();
  if (name == "creator") in_creator_ = false;
  if (name == "annotation") in_comment_ = false;
  if (is_shape(name) && shapes_ > 0) --shapes_;
  if (is_cell(name) && tables_ == 1) end_cell();
  if (name == "table-row" && tables_ == 1) return end_row();
  return {};
}

Status OdsEvents::text(std::string_view text) {
  if (in_creator_)
    add_collapsed(creator_, text);
  else if (in_paragraph_ && paragraph_.size() + text.size() <= kMostCellText)
    add_collapsed(paragraph_, text);
  return {};
}

Status OdsEvents::start_table(const XmlAttributes& attributes) {
  const std::string name = one_line(attributes["name"]);
  row_ = 1;
  shapes_ = 0;
  RAPPEL_TRY(refused_ =
                 sink_.part({PartKind::kSheet, name, hidden_styles_.contains(attributes["style-name"])}));
  rows_.emplace([this](Block block) { return refused_ = sink_.block(std::move(block)); });
  return refused_ = sink_.block({.kind = BlockKind::kHeading, .text = name, .level = 1});
}

Status OdsEvents::end_table() {
  RAPPEL_TRY(rows_->finish());
  rows_.reset();
  for (std::string& text : shape_texts_)
    RAPPEL_TRY(refused_ = sink_.block({.kind = BlockKind::kParagraph, .text = std::move(text)}));
  shape_texts_.clear();
  return {};
}

void OdsEvents::start_cell(const XmlAttributes& attributes) {
  in_cell_ = true;
  cell_repeats_ = repeats_of(attributes["number-columns-repeated"]);
  const std::string_view type = attributes["value-type"];
  is_text_ = type.empty() || type == "string";
  value_.clear();
  for (const char* name : {"string-value", "date-value", "time-value", "boolean-value", "value"})
    if (value_.empty()) value_ = attributes[name];
  cell_.clear();
}

// How often a cell or row is written out.
int OdsEvents::copies_of(std::size_t bytes, int repeats) {
  if (repeats > kMostRepeats) return 1;
  const std::size_t more = bytes * static_cast<std::size_t>(repeats - 1);
  if (repeated_ + more > kMostRepeated) return 1;
  repeated_ += more;
  return repeats;
}

void OdsEvents::end_cell() {
  in_cell_ = false;
  if (cell_.empty()) cell_ = tidy(value_);
  const std::uint32_t first = column_;
  column_ = plus(column_, cell_repeats_, kMostColumns);
  if (!cell_.empty() && cells_.size() < kMostColumns) {
    const int copies = copies_of(cell_.size(), cell_repeats_);
    for (int i = 0; i < copies; ++i)
      cells_.push_back({first + static_cast<std::uint32_t>(i), cell_, is_text_});
  }
  if (!comment_.empty() && rows_)
    rows_->add_note(row_, creator_.empty() ? std::move(comment_) : creator_ + ": " + comment_);
  comment_.clear();
  creator_.clear();
}

Status OdsEvents::end_row() {
  std::size_t bytes = 0;
  for (const SheetCell& cell : cells_) bytes += cell.text.size();
  const int copies = cells_.empty() ? 0 : copies_of(bytes, row_repeats_);
  for (int i = 0; i < copies; ++i) {
    cell_count_ += cells_.size();
    if (cell_count_ > SheetRows::kMostCells)
      return Status(Code::kResourceExhausted,
                    "the sheets have more than 2 million cells; the rest is left out");
    RAPPEL_TRY(rows_->add(plus(row_, i, kMostRows), cells_));
  }
  row_ = plus(row_, row_repeats_, kMostRows);
  cells_.clear();
  return {};
}

OdsEvents::Target OdsEvents::target() const {
  if (deleted_ > 0) return Target::kNone;
  if (in_comment_) return Target::kComment;
  if (shapes_ > 0) return Target::kShape;
  return in_cell_ ? Target::kCell : Target::kNone;
}

Status OdsEvents::end_paragraph() {
  in_paragraph_ = false;
  std::string text = tidy(std::exchange(paragraph_, {}));
  switch (target()) {
    case Target::kCell:
      if (cell_.size() + text.size() <= kMostCellText) add_line(cell_, text);
      break;
    case Target::kComment:
      if (comment_.size() + text.size() <= kMostCellText) add_line(comment_, text);
      break;
    case Target::kShape:
      if (!text.empty() && shape_texts_.size() < kMostShapes) shape_texts_.push_back(std::move(text));
      break;
    case Target::kNone: break;
  }
  return {};
}

Status OdsEvents::finish() {
  if (!rows_) return {};
  if (in_cell_) end_cell();
  const Status last_row = end_row();
  RAPPEL_TRY(end_table());
  return last_row;
}

}  // namespace rappel::extractor
