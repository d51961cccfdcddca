#include "index/postings/block_builder.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "base/check.h"
#include "index/postings/owned_postings.h"
#include "index/postings/term_key.h"

namespace rappel {

void TermNumbers::grow() {
  places_.assign(std::max<std::size_t>(1024, places_.size() * 2), 0);
  const std::size_t mask = places_.size() - 1;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    std::size_t at = keys_[i] & mask;
    while (places_[at] != 0) at = (at + 1) & mask;
    places_[at] = static_cast<std::uint32_t>(i + 1);
  }
}

std::uint32_t TermNumbers::number(std::uint64_t key) {
  if (2 * keys_.size() >= places_.size()) grow();
  const std::size_t mask = places_.size() - 1;
  std::size_t at = key & mask;
  for (; places_[at] != 0; at = (at + 1) & mask)
    if (keys_[places_[at] - 1] == key) return places_[at] - 1;
  keys_.push_back(key);
  places_[at] = static_cast<std::uint32_t>(keys_.size());
  return places_[at] - 1;
}

void BlockBuilder::add(std::int64_t row, std::span<const TermImpact> entries,
                       std::span<const TermName> names) {
  RAPPEL_CHECK(rows_.size() < PostingsBlock::kMostRows, "a block has room for a row");
  RAPPEL_CHECK(rows_.empty() || rows_.back() < row, "rows are added in ascending order");
  const auto slot = static_cast<std::uint16_t>(rows_.size());
  const std::size_t first = postings_.size();
  rows_.push_back(row);
  for (const TermImpact& entry : entries) {
    if (entry.impact == 0) continue;
    const std::uint32_t term = numbers_.number(term_key(entry.term));
    if (term == counts_.size()) {
      counts_.push_back(0);
      latest_.push_back(0);
    }
    if (counts_[term] > 0 && latest_[term] >= first) {  // it comes twice
      std::uint8_t& impact = postings_[latest_[term]].impact;
      impact = std::max(impact, entry.impact);
      continue;
    }
    ++counts_[term];
    latest_[term] = static_cast<std::uint32_t>(postings_.size());
    postings_.push_back({term, slot, entry.impact});
  }
  for (const TermName& name : names) add_name(name);
}

void BlockBuilder::add_name(const TermName& name) {
  if (name.name.size() > TermNames::kLongest) return;
  const std::uint64_t key = term_key(name.term);
  const std::uint64_t hash = term_key(std::hash<std::string_view>()(name.name) ^ key);
  if (known_names_.number(hash) < names_.size()) return;
  const std::uint32_t term = numbers_.number(key);
  RAPPEL_CHECK(term < counts_.size(), "a name is one of a term of the row");
  names_.push_back({letters_.size(), static_cast<std::uint32_t>(name.name.size()), term});
  letters_ += name.name;
}

// `places`: of the terms, by their numbers.
void BlockBuilder::build_names(std::span<const std::uint32_t> places, OwnedPostings& to) const {
  const auto text = [&](const Name& name) {
    return std::string_view(letters_).substr(name.begin, name.length);
  };
  std::vector<Name> sorted = names_;
  std::sort(sorted.begin(), sorted.end(), [&](const Name& a, const Name& b) {
    const int order = text(a).compare(text(b));
    return order != 0 ? order < 0 : places[a.term] < places[b.term];
  });
  for (const Name& name : sorted) to.names().add(text(name), places[name.term]);
}

// A counting sort by term; postings of a term keep the order of their rows.
std::shared_ptr<const PostingsBlock> BlockBuilder::build() && {
  std::vector<std::uint32_t> order(counts_.size());
  std::iota(order.begin(), order.end(), 0u);
  const auto& keys = numbers_.keys();
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return keys[a] < keys[b]; });
  std::vector<std::uint32_t> next(counts_.size());
  std::uint32_t begin = 0;
  for (const std::uint32_t term : order) {
    next[term] = begin;
    begin += counts_[term];
  }
  std::vector<Posting> sorted(postings_.size());
  for (const Posting& posting : postings_) sorted[next[posting.term]++] = posting;
  OwnedPostings owned(std::move(rows_));
  owned.reserve(sorted.size());
  std::size_t at = 0;
  std::vector<std::uint32_t> places(counts_.size());
  for (const std::uint32_t term : order) {
    places[term] = static_cast<std::uint32_t>(owned.terms());
    for (std::uint32_t i = 0; i < counts_[term]; ++i, ++at) owned.push(sorted[at].slot, sorted[at].impact);
    owned.end_term(keys[term]);
  }
  build_names(places, owned);
  return OwnedPostings::finish(std::move(owned));
}

}  // namespace rappel
