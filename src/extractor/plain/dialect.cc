#include "extractor/plain/dialect.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "extractor/plain/lines.h"

namespace rappel::extractor {
namespace {

constexpr std::size_t kSample = 64 << 10, kMostRows = 500, kMostCells = 20'000, kMostColumns = 16'384;

// A number, a date, a time, a share: digits and what stands between them.
bool is_numeric(std::string_view cell) {
  cell = trim(cell);
  const bool digit =
      std::any_of(cell.begin(), cell.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  return digit &&
         cell.find_first_not_of("0123456789.,:-+/%eE $\xE2\x82\xAC\xC2\xA3TZ") == std::string_view::npos;
}

struct Sample {
  std::vector<std::vector<std::string>> rows;
  std::size_t quoted = 0, stray = 0;
  bool unclosed = false;
};

Sample sample(std::string_view text, char delimiter) {
  const bool cut = text.size() > kSample;
  TableRecords records(text.substr(0, kSample), delimiter);
  Sample sample;
  std::size_t count = 0;
  for (std::vector<std::string> cells; count < kMostCells && sample.rows.size() < kMostRows;) {
    if (!records.next(cells)) break;
    if (cells.size() == 1 && is_blank(cells[0])) continue;
    count += cells.size();
    sample.rows.push_back(cells);
  }
  sample.quoted = records.quoted();
  sample.stray = records.stray();
  sample.unclosed = records.unclosed() && !cut;
  if (cut && sample.rows.size() > 1) sample.rows.pop_back();
  return sample;
}

// Share of the rows that have the commonest number of cells, if that is two or more.
double constancy(const Sample& sample, std::size_t& columns) {
  std::map<std::size_t, std::size_t> counts;
  for (const auto& row : sample.rows) ++counts[row.size()];
  const auto most = std::max_element(counts.begin(), counts.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  columns = most == counts.end() ? 0 : most->first;
  return columns < 2 ? 0 : static_cast<double>(most->second) / static_cast<double>(sample.rows.size());
}

double score(const Sample& sample, bool likely) {
  std::size_t columns = 0;
  const double constant = constancy(sample, columns);
  if (constant == 0) return 0;
  double score = constant + 0.02 * static_cast<double>(std::min<std::size_t>(columns, 10));
  if (sample.quoted > 0) score += 0.3;
  if (sample.stray > 0) score -= 0.3;
  if (sample.unclosed) score -= 0.5;
  return score + (likely ? 0.1 : 0);
}

// The first row has names: distinct, not numeric, and below a column there are other things.
bool has_header(const Sample& sample) {
  if (sample.rows.size() < 2) return false;
  const auto& first = sample.rows[0];
  std::set<std::string_view> names;
  for (const std::string& cell : first) {
    if (is_numeric(cell) || cell.size() > 200) return false;
    if (!is_blank(cell) && !names.insert(trim(cell)).second) return false;
  }
  if (names.size() * 2 <= first.size()) return false;
  bool numeric_below = false, all_text = true;
  for (std::size_t column = 0; column < first.size(); ++column) {
    std::size_t numbers = 0, rows = 0;
    for (std::size_t i = 1; i < sample.rows.size(); ++i) {
      if (column >= sample.rows[i].size() || is_blank(sample.rows[i][column])) continue;
      ++rows;
      numbers += is_numeric(sample.rows[i][column]) ? 1 : 0;
    }
    numeric_below |= rows > 0 && numbers * 10 > rows * 7;
    all_text &= numbers == 0;
  }
  if (numeric_below) return true;
  // Nothing but text: names are short and without sentences.
  return all_text && std::all_of(first.begin(), first.end(), [](const std::string& cell) {
           return cell.size() <= 40 && cell.find_first_of(".!?") == std::string::npos;
         });
}

}  // namespace

void TableRecords::read_quoted(std::string& cell) {
  ++quoted_;
  for (++at_; at_ < text_.size(); ++at_) {
    if (text_[at_] != '"') {
      cell += text_[at_];
    } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
      cell += text_[at_++];
    } else {
      ++at_;
      return;
    }
  }
  unclosed_ = true;
}

void TableRecords::read_cell(std::string& cell) {
  if (at_ < text_.size() && text_[at_] == '"') read_quoted(cell);
  const bool was_quoted = at_ > 0 && text_[at_ - 1] == '"';
  for (; at_ < text_.size() && text_[at_] != delimiter_ && text_[at_] != '\n'; ++at_) {
    stray_ += text_[at_] == '"' || (was_quoted && text_[at_] != ' ') ? 1 : 0;
    cell += text_[at_];
  }
}

bool TableRecords::next(std::vector<std::string>& cells) {
  cells.clear();
  if (at_ >= text_.size()) return false;
  for (;;) {
    if (cells.size() < kMostColumns) {
      cells.emplace_back();
    } else {
      wide_ = true;
      cells.back().clear();
    }
    read_cell(cells.back());
    if (at_ >= text_.size()) return true;
    if (text_[at_++] == '\n') return true;
  }
}

Dialect find_dialect(std::string_view text, char likely) {
  Dialect best{.delimiter = likely};
  double most = 0;
  for (const char delimiter : {',', ';', '\t', '|'}) {
    const Sample rows = sample(text, delimiter);
    const double mark = score(rows, delimiter == likely);
    if (mark <= most) continue;
    most = mark;
    best = {.delimiter = delimiter, .header = has_header(rows)};
  }
  if (most == 0) best.header = has_header(sample(text, likely));
  return best;
}

}  // namespace rappel::extractor
