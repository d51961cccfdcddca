#include "index/postings/postings_block.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "index/postings/term_key.h"

namespace rappel {
namespace {

template <class Values>
bool ascends(const Values& values) {
  return std::adjacent_find(values.begin(), values.end(), std::greater_equal<>()) == values.end();
}

Status damaged(const char* cause) {
  return {Code::kCorrupt, "cannot use a block of postings: it is damaged", cause};
}

// The place of `key` if keys were spread evenly after `from`, which has the key `from_key`.
std::size_t expected_place(std::size_t count, std::size_t from, std::uint64_t from_key, std::uint64_t key) {
  const double per_key = static_cast<double>(count) * 0x1p-64;
  const double distance = key >= from_key ? static_cast<double>(key - from_key) * per_key
                                          : -static_cast<double>(from_key - key) * per_key;
  const double at = static_cast<double>(from) + distance;
  return at <= 0 ? 0 : std::min(static_cast<std::size_t>(at), count - 1);
}

}  // namespace

PostingsBlock::PostingsBlock(const PostingsArrays& arrays, std::shared_ptr<const void> owner,
                             std::shared_ptr<const MappedFile> file)
    : arrays_(arrays), owner_(std::move(owner)), file_(std::move(file)) {
  const auto rows = arrays_.rows;
  if (rows.empty()) return;
  for (std::size_t slot = 0; slot < rows.size(); slot += kWordSlots) marks_.push_back(rows[slot]);
  marks_.push_back(static_cast<std::int64_t>(static_cast<std::uint64_t>(rows.back()) + 1));
}

std::size_t PostingsBlock::bytes() const {
  return marks_.size() * sizeof(std::int64_t) + arrays_.terms.size_bytes() + arrays_.slots.size_bytes() +
         arrays_.impacts.size_bytes() + arrays_.arrays.size_bytes() + arrays_.rows.size_bytes() +
         arrays_.names.size_bytes();
}

// Two guesses usually lead to the right cache line. The search around the second one is logarithmic for any
// keys.
const PostingsTerm* PostingsBlock::find(std::uint64_t term) const {
  const auto terms = arrays_.terms;
  if (terms.empty()) return nullptr;
  const std::uint64_t key = term_key(term);
  std::size_t at = expected_place(terms.size(), 0, 0, key);
  at = expected_place(terms.size(), at, terms[at].key, key);
  std::size_t low = at, high = at, step = 4;
  while (low > 0 && terms[low].key > key) {
    high = low;
    low -= std::min(low, step);
    step *= 2;
  }
  while (high < terms.size() && terms[high].key < key) {
    low = high;
    high = std::min(terms.size(), high + step);
    step *= 2;
  }
  const auto begin = terms.begin() + static_cast<std::ptrdiff_t>(low);
  const auto end = terms.begin() + static_cast<std::ptrdiff_t>(high);
  const auto found =
      std::lower_bound(begin, end, key, [](const auto& t, std::uint64_t k) { return t.key < k; });
  return found != terms.end() && found->key == key ? &*found : nullptr;
}

std::uint8_t PostingsBlock::impact(std::uint64_t term, std::size_t slot) const {
  const PostingsTerm* const found = find(term);
  if (found == nullptr) return 0;
  if (found->every_slot == 1) return array(*found)[slot];
  const auto slots = arrays_.slots.subspan(found->begin, found->count());
  const auto place = std::lower_bound(slots.begin(), slots.end(), slot);
  if (place == slots.end() || *place != slot) return 0;
  return arrays_.impacts[found->begin + static_cast<std::size_t>(place - slots.begin())];
}

std::size_t PostingsBlock::lower_bound(std::size_t from, std::int64_t row) const {
  const auto rows = arrays_.rows;
  if (from >= rows.size()) return rows.size();
  // Unsigned, because rows of damaged files may be any numbers.
  const auto between = [](std::int64_t low, std::int64_t high) {
    return static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  };
  const auto distance = [&](std::size_t mark) {
    return row <= marks_[mark] ? 0 : between(marks_[mark], row);
  };
  std::size_t mark = from / kWordSlots;
  // Rows ascend by one or more, so the place is not after the next guess.
  const std::size_t last = marks_.size() - 2;
  const std::size_t far =
      mark + static_cast<std::size_t>(std::min<std::uint64_t>(distance(mark) / kWordSlots, last - mark));
  if (marks_[far] <= row) {
    mark = far;
  } else if (row > marks_[mark]) {
    const auto begin = marks_.begin() + static_cast<std::ptrdiff_t>(mark);
    const auto end = marks_.begin() + static_cast<std::ptrdiff_t>(far);
    mark += static_cast<std::size_t>(std::upper_bound(begin, end, row) - begin) - 1;
  }
  const std::size_t first = mark * kWordSlots, end = std::min(rows.size(), first + kWordSlots);
  if (between(marks_[mark], marks_[mark + 1]) == end - first)
    return std::max(from,
                    first + static_cast<std::size_t>(std::min<std::uint64_t>(distance(mark), end - first)));
  const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(std::max(from, first));
  const auto found = std::lower_bound(begin, rows.begin() + static_cast<std::ptrdiff_t>(end), row);
  return static_cast<std::size_t>(found - rows.begin());
}

Status PostingsBlock::check() const {
  const auto& [terms, slots, impacts, arrays, rows, names] = arrays_;
  if (rows.size() > kMostRows) return damaged("it has too many rows");
  if (!ascends(rows)) return damaged("row numbers do not ascend");
  if (slots.size() != impacts.size()) return damaged("a slot lacks its impact");
  std::size_t postings = 0, filled = 0;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const PostingsTerm& term = terms[i];
    if (i > 0 && terms[i - 1].key >= term.key) return damaged("terms do not ascend");
    if (term.count() > rows.size()) return damaged("a term has more postings than there are rows");
    if (term.every_slot > 1 || term.begin != (term.every_slot == 1 ? filled : postings))
      return damaged("the postings of a term begin at a wrong place");
    if (term.every_slot == 1) {
      ++filled;
    } else {
      postings += term.count();
    }
  }
  if (postings != slots.size()) return damaged("the number of postings is wrong");
  if (filled * array_bytes(rows.size()) != arrays.size()) return damaged("the number of arrays is wrong");
  if (names.bytes.size() > std::numeric_limits<std::uint32_t>::max()) return damaged("it has too many names");
  return {};
}

Status PostingsBlock::check_list(const PostingsTerm& term) const {
  const auto slots = arrays_.slots.subspan(term.begin, term.count());
  const auto impacts = arrays_.impacts.subspan(term.begin, term.count());
  if (!ascends(slots)) return damaged("slots do not ascend");
  if (slots.back() >= arrays_.rows.size()) return damaged("a slot has no row");
  if (std::count(impacts.begin(), impacts.end(), 0) != 0) return damaged("an impact is 0");
  if (*std::max_element(impacts.begin(), impacts.end()) != term.top)
    return damaged("the largest impact is wrong");
  return {};
}

Status PostingsBlock::check_array(const PostingsTerm& term) const {
  const std::span<const std::uint8_t> impacts(array(term), array_bytes(arrays_.rows.size()));
  const auto present = std::count_if(impacts.begin(), impacts.end(), [](std::uint8_t i) { return i != 0; });
  if (static_cast<std::uint64_t>(present) != term.count()) return damaged("the number of impacts is wrong");
  const auto padding = impacts.subspan(arrays_.rows.size());
  if (std::count(padding.begin(), padding.end(), 0) != static_cast<std::ptrdiff_t>(padding.size()))
    return damaged("an impact has no row");
  if (*std::max_element(impacts.begin(), impacts.end()) != term.top)
    return damaged("the largest impact is wrong");
  return {};
}

Status PostingsBlock::check_postings() const {
  for (const PostingsTerm& term : arrays_.terms)
    RAPPEL_TRY(term.every_slot == 1 ? check_array(term) : check_list(term));
  return {};
}

}  // namespace rappel
