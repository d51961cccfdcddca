#include "extractor/page/layout.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "extractor/page/characters.h"
#include "extractor/page/gutters.h"
#include "extractor/page/table.h"

namespace rappel::extractor::page {
namespace {

constexpr int kMaxDepth = 4;        // columns inside columns
constexpr float kColumnStart = 2;   // em between the first lines of a column
constexpr float kColumnBreak = 3;   // em between lines of a column
constexpr float kProseFill = 0.8F;  // median width of the lines of prose, as a share of the column
constexpr float kProseWidth = 9;    // em
constexpr std::size_t kProseLines = 3;
constexpr std::size_t kSectionNumber = 10;
constexpr std::size_t kMarkerLength = 5;  // characters of "(12)."
constexpr float kFar = std::numeric_limits<float>::max();

using Pieces = std::vector<Piece>;

// Pieces of one line, from the left.
using PieceRow = std::vector<const Piece*>;

std::vector<PieceRow> rows_of(const Pieces& pieces) {
  std::vector<PieceRow> rows;
  for (const Piece& piece : pieces) {
    if (rows.empty() || !on_one_line(*rows.back().front(), piece)) rows.emplace_back();
    rows.back().push_back(&piece);
  }
  return rows;
}

struct Column {
  float x0 = kFar, x1 = -kFar;
  std::vector<float> widths;  // of its lines
  float size = 0;
};

// "1", "1.2", "A.1".
bool is_section_number(const std::u32string& text) {
  bool digit = false;
  for (const char32_t c : text) {
    if (!is_digit(c) && c != '.' && (c < 'A' || c > 'Z')) return false;
    digit = digit || is_digit(c);
  }
  return digit && text.size() <= kSectionNumber;
}

class Layout {
 public:
  Layout(const std::vector<Glyph>& glyphs, const Rules& rules, const LayoutHints& hints)
      : glyphs_(glyphs), rules_(rules), hints_(hints) {}

  // `pieces` are sorted by place.
  void order(const Pieces& pieces, int depth) {
    const std::vector<PieceRow> rows = rows_of(pieces);
    std::vector<Row> shapes;
    for (const PieceRow& row : rows) shapes.push_back(row_of(row));
    const std::vector<Band> bands = depth < kMaxDepth ? find_bands(shapes) : std::vector<Band>();
    std::size_t at = depth == 0 ? continue_table(rows) : 0;
    for (std::size_t i = 0; i < bands.size(); ++i) {
      Band band = extended(rows, bands[i]);
      band.first = std::max(band.first, at);
      if (band.first >= band.end) continue;
      const bool text = is_text(rows, band);
      if (text) widen(rows, at, i + 1 < bands.size() ? bands[i + 1].first : rows.size(), band);
      flow(rows, at, band.first);
      at = band.end;
      if (text) {
        emit_columns(rows, band, depth);
      } else {
        emit_table(rows, band, columns_of(rows, band));
      }
    }
    flow(rows, at, rows.size());
  }

  std::vector<Region> take() { return std::move(regions_); }

 private:
  // Where a rule stands between two cells, they count as narrower; a list's marker and its text are one.
  Row row_of(const PieceRow& pieces) const {
    Row row;
    const Piece* before = nullptr;
    for (const Piece* piece : pieces) {
      row.size = std::max(row.size, piece->size);
      const bool listed =
          before != nullptr && ((is_marker(*before) && before == pieces.front()) ||
                                (piece == pieces.back() && before->right_to_left && is_marker(*piece)));
      if (before != nullptr && (listed || piece->x0 <= row.text.back().to)) {
        row.text.back().to = std::max(row.text.back().to, piece->x1);
      } else {
        append_cell(row, *piece);
      }
      before = piece;
    }
    return row;
  }

  void append_cell(Row& row, const Piece& piece) const {
    float from = piece.x0;
    if (!row.text.empty() && has_upright(rules_.upright, row.text.back().to - 1, from + 1, piece.base)) {
      row.ruled.push_back((row.text.back().to + from) / 2);
      row.text.back().to = std::max(row.text.back().from, row.text.back().to - piece.size / 2);
      from = std::min(piece.x1, from + piece.size / 2);
    }
    row.text.push_back({from, piece.x1});
  }

  static std::size_t column_of(const Band& band, const Piece& piece) {
    const float middle = (piece.x0 + piece.x1) / 2;
    std::size_t column = 0;
    while (column < band.gutters.size() && middle > band.gutters[column].from) ++column;
    return column;
  }

  // With the rows below that the rules between its columns still part.
  Band extended(const std::vector<PieceRow>& rows, Band band) const {
    const auto is_ruled = [&](const PieceRow& row) {
      return std::all_of(band.gutters.begin(), band.gutters.end(), [&](const Interval& gutter) {
        return has_upright(rules_.upright, gutter.from - 1, gutter.to + 1, row.front()->base);
      });
    };
    while (band.end < rows.size() && is_ruled(rows[band.end])) ++band.end;
    return band;
  }

  // A number or bullet of a list.
  bool is_marker(const Piece& piece) const {
    if (piece.glyphs.size() > kMarkerLength) return false;
    std::u32string text = text_of(piece, glyphs_);
    if (text.size() == 1 && is_bullet(text[0])) return true;
    if (text.size() < 2 || (text.back() != '.' && text.back() != ')' && text.back() != ':')) return false;
    text.pop_back();
    if (text.size() > 1 && text[0] == '(') text.erase(0, 1);
    const auto is_number = [](char32_t c) {
      return is_digit(c) || c == '.' || c == 'i' || c == 'v' || c == 'x';
    };
    return (text.size() == 1 && is_letter(text[0])) || std::all_of(text.begin(), text.end(), is_number);
  }

  std::vector<Column> columns_of(const std::vector<PieceRow>& rows, const Band& band) const {
    std::vector<Column> columns(band.gutters.size() + 1);
    for (std::size_t i = band.first; i < band.end; ++i) {
      std::vector<Interval> extent(columns.size(), {kFar, -kFar});
      for (const Piece* piece : rows[i]) {
        const std::size_t at = column_of(band, *piece);
        extent[at] = {std::min(extent[at].from, piece->x0), std::max(extent[at].to, piece->x1)};
        columns[at].size = std::max(columns[at].size, piece->size);
      }
      for (std::size_t c = 0; c < columns.size(); ++c) {
        if (extent[c].from > extent[c].to) continue;
        columns[c].x0 = std::min(columns[c].x0, extent[c].from);
        columns[c].x1 = std::max(columns[c].x1, extent[c].to);
        columns[c].widths.push_back(extent[c].to - extent[c].from);
      }
    }
    return columns;
  }

  // Whether the lines of the columns do not share their heights, as a note in the margin.
  static bool are_beside(const std::vector<Column>& columns, const std::vector<TableLine>& lines) {
    std::size_t shared = 0, fewest = lines.size();
    for (const TableLine& line : lines)
      shared += std::count(line.filled.begin(), line.filled.end(), true) > 1 ? 1 : 0;
    for (const Column& column : columns) fewest = std::min(fewest, column.widths.size());
    return fewest >= kProseLines && shared * 3 < fewest * 2;
  }

  static bool is_prose(Column column) {
    if (column.widths.size() < kProseLines) return false;
    const auto middle = column.widths.begin() + static_cast<std::ptrdiff_t>(column.widths.size() / 2);
    std::nth_element(column.widths.begin(), middle, column.widths.end());
    return *middle >= kProseFill * (column.x1 - column.x0) && *middle >= kProseWidth * column.size;
  }

  // Sorted heights of the rules over a good part of [x0, x1].
  std::vector<float> crossing_rules(float x0, float x1) const {
    std::vector<float> heights;
    for (const Rule& rule : rules_.level) {
      const float inside = std::min(rule.x1, x1) - std::max(rule.x0, x0);
      if (inside > 0.2F * (x1 - x0)) heights.push_back(rule.y);
    }
    std::sort(heights.begin(), heights.end());
    return heights;
  }

  bool right_to_left(const std::vector<PieceRow>& rows, const Band& band) const {
    std::size_t yes = 0, no = 0;
    for (std::size_t i = band.first; i < band.end; ++i)
      for (const Piece* piece : rows[i]) (piece->right_to_left ? yes : no) += piece->glyphs.size();
    return yes > no;
  }

  static std::vector<bool> filled_columns(const PieceRow& row, const Band& band) {
    std::vector<bool> filled(band.gutters.size() + 1, false);
    for (const Piece* piece : row) filled[column_of(band, *piece)] = true;
    return filled;
  }

  std::vector<TableLine> table_lines(const std::vector<PieceRow>& rows, const Band& band) const {
    const std::vector<Column> columns = columns_of(rows, band);
    std::vector<TableLine> lines;
    for (std::size_t i = band.first; i < band.end; ++i) {
      TableLine line{.base = rows[i].front()->base,
                     .size = rows[i].front()->size,
                     .filled = filled_columns(rows[i], band),
                     .width = std::vector<float>(columns.size(), 0)};
      line.first_word = line.width;
      for (const Piece* piece : rows[i]) {
        const std::size_t c = column_of(band, *piece);
        const float column = std::max(1.0F, columns[c].x1 - columns[c].x0);
        if (line.width[c] == 0) line.first_word[c] = first_word(*piece) / column;
        line.width[c] += (piece->x1 - piece->x0) / column;
      }
      lines.push_back(std::move(line));
    }
    return lines;
  }

  // Width of the first word with the blank after it.
  float first_word(const Piece& piece) const {
    const auto end = std::find_if(piece.glyphs.begin() + 1, piece.glyphs.end(),
                                  [](std::uint32_t glyph) { return (glyph & kSpace) != 0; });
    return end == piece.glyphs.end() ? piece.x1 - piece.x0 : std::fabs(glyphs_[*end & ~kSpace].x0 - piece.x0);
  }

  // Rules between its lines, over the gutter, as columns of text do not have.
  bool has_row_rules(const std::vector<PieceRow>& rows, const Band& band) const {
    const float top = rows[band.first].front()->base, bottom = rows[band.end - 1].front()->base;
    return std::any_of(rules_.level.begin(), rules_.level.end(), [&](const Rule& rule) {
      return top < rule.y && rule.y < bottom - rows[band.end - 1].front()->size &&
             std::any_of(band.gutters.begin(), band.gutters.end(), [&](const Interval& gutter) {
               return rule.x0 <= gutter.from && gutter.to <= rule.x1;
             });
    });
  }

  // Whether the band has columns of running text rather than the cells of a table.
  bool is_text(const std::vector<PieceRow>& rows, const Band& band) const {
    if (has_row_rules(rows, band)) return false;
    const std::vector<Column> columns = columns_of(rows, band);
    const std::vector<TableLine> lines = table_lines(rows, band);
    const bool prose = std::all_of(columns.begin(), columns.end(), is_prose);
    return (prose && !has_aligned_rows(lines)) || are_beside(columns, lines);
  }

  // Takes in the neighbouring rows of [from, to) that keep to one column, where one is longer than another.
  static void widen(const std::vector<PieceRow>& rows, std::size_t from, std::size_t to, Band& band) {
    const auto fits = [&](std::size_t row, std::size_t neighbour, float most) {
      const Piece &one = *rows[row].front(), &other = *rows[neighbour].front();
      if (std::fabs(one.base - other.base) > most * other.size) return false;
      return std::all_of(rows[row].begin(), rows[row].end(), [&](const Piece* piece) {
        return std::none_of(band.gutters.begin(), band.gutters.end(), [&](const Interval& gutter) {
          return piece->x0 < gutter.to && gutter.from < piece->x1;
        });
      });
    };
    while (band.first > from && fits(band.first - 1, band.first, kColumnStart)) --band.first;
    while (band.end < to && fits(band.end, band.end - 1, kColumnBreak)) ++band.end;
  }

  void emit_columns(const std::vector<PieceRow>& rows, const Band& band, int depth) {
    std::vector<Pieces> columns(band.gutters.size() + 1);
    for (std::size_t i = band.first; i < band.end; ++i)
      for (const Piece* piece : rows[i]) columns[column_of(band, *piece)].push_back(*piece);
    if (right_to_left(rows, band)) std::reverse(columns.begin(), columns.end());
    for (const Pieces& column : columns) order(column, depth + 1);
  }

  void emit_table(const std::vector<PieceRow>& rows, Band band, const std::vector<Column>& columns,
                  bool continued = false) {
    const auto sides = [&](std::size_t row) { return filled_columns(rows[row], band); };
    const auto single = [&](std::size_t row) {
      const std::vector<bool> filled = sides(row);
      return std::count(filled.begin(), filled.end(), true) < 2;
    };
    // Lines above the table that happen to be short.
    std::size_t first = band.first;
    while (!continued && first < band.end && single(first)) ++first;
    flow(rows, band.first, first);
    band.first = first;
    const std::vector<TableLine> lines = table_lines(rows, band);
    if (lines.empty()) return;
    const std::vector<float> crossing = crossing_rules(columns.front().x0, columns.back().x1);
    const std::vector<bool> starts = find_row_starts(lines, crossing, key_column(columns));
    const bool turned = right_to_left(rows, band) && is_drawn_from_the_right(rows, band);
    Region region;
    region.shape = shape_of(rows, band, columns.size());
    region.ruled = std::any_of(crossing.begin(), crossing.end(), [&](float y) {
      return lines.front().base - 2 * lines.front().size <= y && y <= lines.back().base + lines.back().size;
    });
    region.rows = cells_of(rows, band, starts, turned);
    region.continues = continued && !sides(band.first)[key_column(columns)];
    regions_.push_back(std::move(region));
  }

  // `turned`: the columns are read from the right.
  std::vector<std::vector<std::vector<Line>>> cells_of(const std::vector<PieceRow>& rows, const Band& band,
                                                       const std::vector<bool>& starts, bool turned) const {
    const std::size_t columns = band.gutters.size() + 1;
    std::vector<std::vector<std::vector<Line>>> table;
    for (std::size_t i = band.first; i < band.end; ++i) {
      if (starts[i - band.first]) table.emplace_back(columns);
      std::vector<PieceRow> cells(columns);
      for (const Piece* piece : rows[i]) cells[column_of(band, *piece)].push_back(piece);
      for (std::size_t c = 0; c < columns; ++c)
        if (!cells[c].empty()) table.back()[turned ? columns - 1 - c : c].push_back(line_of(cells[c]));
    }
    return table;
  }

  // The columns of a table that is drawn from the right come in that order.
  bool is_drawn_from_the_right(const std::vector<PieceRow>& rows, const Band& band) const {
    int votes = 0;
    for (std::size_t i = band.first; i < band.end; ++i) {
      if (rows[i].size() < 2) continue;
      const auto drawn = [&](const Piece* piece) { return glyphs_[piece->glyphs.front() & ~kSpace].object; };
      votes += drawn(rows[i].front()) > drawn(rows[i].back()) ? 1 : -1;
    }
    return votes > 0;
  }

  TableShape shape_of(const std::vector<PieceRow>& rows, const Band& band, std::size_t columns) const {
    TableShape shape;
    for (const Interval& gutter : band.gutters) shape.gutters.push_back((gutter.from + gutter.to) / 2);
    shape.header.resize(columns);
    for (const Piece* piece : rows[band.first])
      shape.header[column_of(band, *piece)] += text_of(*piece, glyphs_);
    return shape;
  }

  // Rows at the top that go on with the table of the page before, under its repeated header; the number of
  // rows taken.
  std::size_t continue_table(const std::vector<PieceRow>& rows) {
    const TableShape* open = hints_.open_table;
    if (open == nullptr || open->header.empty() || rows.size() < 2) return 0;
    Band band{.first = 0, .end = 1};
    for (const float gutter : open->gutters) band.gutters.push_back({gutter, gutter});
    if (shape_of(rows, band, open->header.size()).header != open->header) return 0;
    const auto crosses = [&](const Piece* piece) {
      return std::any_of(open->gutters.begin(), open->gutters.end(),
                         [&](float gutter) { return piece->x0 < gutter && gutter < piece->x1; });
    };
    const auto is_near = [&](std::size_t row) {
      const Piece &piece = *rows[row].front(), &above = *rows[row - 1].front();
      return piece.base - above.base <= kColumnBreak * above.size;
    };
    while (band.end < rows.size() && is_near(band.end) &&
           std::none_of(rows[band.end].begin(), rows[band.end].end(), crosses))
      ++band.end;
    band.first = 1;
    if (band.end == 1) return 0;
    emit_table(rows, band, columns_of(rows, band), true);
    Region& region = regions_.back();
    region.shape = *open;
    return band.end;
  }

  static std::size_t key_column(const std::vector<Column>& columns) {
    const auto mean = [](const Column& column) {
      return std::accumulate(column.widths.begin(), column.widths.end(), 0.0F) /
             static_cast<float>(std::max<std::size_t>(1, column.widths.size()));
    };
    const auto narrowest = std::min_element(
        columns.begin(), columns.end(), [&](const Column& a, const Column& b) { return mean(a) < mean(b); });
    return static_cast<std::size_t>(narrowest - columns.begin());
  }

  Line line_of(const PieceRow& pieces) const {
    std::size_t turned = 0, letters = 0;
    for (const Piece* piece : pieces) {
      turned += piece->right_to_left ? piece->glyphs.size() : 0;
      letters += piece->glyphs.size();
    }
    PieceRow ordered = pieces;
    if (turned * 2 > letters) std::reverse(ordered.begin(), ordered.end());
    Line line;
    line.x0 = kFar, line.x1 = -kFar, line.y0 = kFar, line.y1 = -kFar;
    line.bold = line.fixed = true;
    line.right_to_left = turned * 2 > letters;
    for (const Piece* piece : ordered) {
      if (!line.text.empty()) line.text += ' ';
      line.text += text_of(*piece, glyphs_);
      if (piece == ordered.front() && ordered.size() > 1 && is_section_number(line.text))
        line.number = line.text.size();
      line.x0 = std::min(line.x0, piece->x0), line.x1 = std::max(line.x1, piece->x1);
      line.y0 = std::min(line.y0, piece->y0), line.y1 = std::max(line.y1, piece->y1);
      if (piece->size > line.size) line.size = piece->size, line.base = piece->base;
      line.bold = line.bold && piece->bold;
      line.fixed = line.fixed && piece->fixed;
    }
    const Glyph& last = glyphs_[ordered.back()->glyphs.back() & ~kSpace];
    if (last.space_after && !line.right_to_left) line.text += ' ';
    return line;
  }

  // Rows [first, end) from top to bottom, or as the stream has them where it already goes down.
  void flow(const std::vector<PieceRow>& rows, std::size_t first, std::size_t end) {
    if (first >= end) return;
    Region region;
    if (hints_.trust_stream && goes_down(rows, first, end)) {
      region.lines = in_stream_order(rows, first, end);
    } else {
      for (std::size_t i = first; i < end; ++i) region.lines.push_back(line_of(rows[i]));
    }
    regions_.push_back(std::move(region));
  }

  static PieceRow stream_of(const std::vector<PieceRow>& rows, std::size_t first, std::size_t end) {
    PieceRow pieces;
    for (std::size_t i = first; i < end; ++i) pieces.insert(pieces.end(), rows[i].begin(), rows[i].end());
    std::stable_sort(pieces.begin(), pieces.end(),
                     [](const Piece* a, const Piece* b) { return a->first < b->first; });
    return pieces;
  }

  // At most one jump against the order of reading in ten lines.
  static bool goes_down(const std::vector<PieceRow>& rows, std::size_t first, std::size_t end) {
    const PieceRow pieces = stream_of(rows, first, end);
    std::size_t jumps = 0;
    for (std::size_t i = 1; i < pieces.size(); ++i) {
      const Piece &before = *pieces[i - 1], &piece = *pieces[i];
      const bool back = on_one_line(before, piece) && !piece.right_to_left && piece.x0 < before.x0;
      if (back || piece.base < before.base - 0.5F * before.size) ++jumps;
    }
    return jumps * 10 <= end - first;
  }

  std::vector<Line> in_stream_order(const std::vector<PieceRow>& rows, std::size_t first,
                                    std::size_t end) const {
    std::vector<Line> lines;
    PieceRow line;
    for (const Piece* piece : stream_of(rows, first, end)) {
      if (!line.empty() && !on_one_line(*line.back(), *piece)) {
        lines.push_back(line_of(from_the_left(std::move(line))));
        line = {};
      }
      line.push_back(piece);
    }
    if (!line.empty()) lines.push_back(line_of(from_the_left(std::move(line))));
    return lines;
  }

  static PieceRow from_the_left(PieceRow line) {
    std::stable_sort(line.begin(), line.end(), [](const Piece* a, const Piece* b) { return a->x0 < b->x0; });
    return line;
  }

  const std::vector<Glyph>& glyphs_;
  const Rules& rules_;
  const LayoutHints hints_;
  std::vector<Region> regions_;
};

}  // namespace

std::vector<Region> find_regions(std::vector<Piece> pieces, const std::vector<Glyph>& glyphs,
                                 const Rules& rules, const LayoutHints& hints) {
  sort_by_place(pieces);
  Layout layout(glyphs, rules, hints);
  layout.order(pieces, 0);
  return layout.take();
}

}  // namespace rappel::extractor::page
