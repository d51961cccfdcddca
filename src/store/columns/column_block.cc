#include "store/columns/column_block.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/check.h"
#include "store/fields.h"

namespace rappel {
namespace {

constexpr std::uint32_t kGone = ~std::uint32_t{0};

// Moves the entries to new slots, by their old ones; without those that are gone.
template <class Entry>
void move_slots(std::vector<Entry>& entries, std::span<const std::uint32_t> slots) {
  std::erase_if(entries, [&](Entry& entry) {
    const std::uint32_t slot = slots[entry.slot];
    entry.slot = static_cast<DocumentSlot>(slot);
    return slot == kGone;
  });
}

template <class Entry>
void sort_entries(std::vector<Entry>& entries) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return before(a, b); });
  entries.erase(std::unique(entries.begin(), entries.end()), entries.end());  // a list may repeat a text
}

// Both ascend, and so does the result.
template <class Entry>
void merge_into(std::vector<Entry>& entries, const std::vector<Entry>& more) {
  std::vector<Entry> merged(entries.size() + more.size());
  std::merge(entries.begin(), entries.end(), more.begin(), more.end(), merged.begin(),
             [](const Entry& a, const Entry& b) { return before(a, b); });
  entries = std::move(merged);
}

// Calls change(array) for each array of entries.
template <class Change>
void for_each_array(ColumnEntries& entries, const Change& change) {
  change(entries.terms);
  change(entries.wholes);
  change(entries.seconds);
  change(entries.reals);
  change(entries.texts);
}

}  // namespace

ColumnBlock::ColumnBlock(const ColumnEntries& entries)
    : documents(entries.documents),
      terms(entries.terms, documents.size()),
      wholes(entries.wholes),
      seconds(entries.seconds),
      reals(entries.reals),
      texts(entries.texts) {
  RAPPEL_CHECK(documents.size() <= kMostDocuments, "slots have 16 bits");
  for (std::size_t i = 1; i < documents.size(); ++i)
    has_gaps |= documents[i - 1].first + documents[i - 1].count != documents[i].first;
}

std::size_t ColumnBlock::lower_bound(std::int64_t row) const {
  const auto found = std::partition_point(documents.begin(), documents.end(),
                                          [&](const RowRange& rows) { return rows.first < row; });
  return static_cast<std::size_t>(found - documents.begin());
}

ColumnEntries ColumnBlock::entries() const {
  ColumnEntries all{documents, terms.entries(), wholes.entries(), seconds.entries(), reals.entries()};
  all.texts = texts.entries(all.arena);
  return all;
}

std::size_t ColumnBlock::bytes() const {
  return sizeof *this + documents.capacity() * sizeof(RowRange) + terms.bytes() + wholes.bytes() +
         seconds.bytes() + reals.bytes() + texts.bytes();
}

std::shared_ptr<const ColumnBlock> merge_blocks(std::span<const ColumnPart> parts) {
  struct Place {
    RowRange rows;
    std::size_t part, slot;
  };
  std::vector<Place> places;
  std::vector<std::vector<std::uint32_t>> slots(parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto& documents = parts[i].block->documents;
    slots[i].assign(documents.size(), kGone);
    for (std::size_t slot = 0; slot < documents.size(); ++slot)
      if (!is_dead(parts[i].dead, slot)) places.push_back({documents[slot], i, slot});
  }
  std::sort(places.begin(), places.end(),
            [](const Place& a, const Place& b) { return a.rows.first < b.rows.first; });
  ColumnEntries merged;
  for (const Place& place : places) {
    slots[place.part][place.slot] = static_cast<std::uint32_t>(merged.documents.size());
    merged.documents.push_back(place.rows);
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    ColumnEntries part = parts[i].block->entries();
    for_each_array(part, [&](auto& entries) { move_slots(entries, slots[i]); });
    merge_into(merged.terms, part.terms);
    merge_into(merged.wholes, part.wholes);
    merge_into(merged.seconds, part.seconds);
    merge_into(merged.reals, part.reals);
    merge_into(merged.texts, part.texts);
    merged.arena.take(std::move(part.arena));
  }
  return std::make_shared<const ColumnBlock>(merged);
}

void PendingBlock::add_value(ColumnTerms& terms, std::uint64_t key, const MetadataValue& value) {
  const auto slot = static_cast<DocumentSlot>(entries_.documents.size());
  const auto add = [&](std::uint64_t place, std::string_view text) {
    entries_.terms.push_back({terms.text(key, text), slot});
    if (texts_) entries_.texts.push_back({place, entries_.arena.add(text), slot});
  };
  entries_.terms.push_back({terms.has(key), slot});
  if (const auto* text = std::get_if<std::string>(&value)) {
    add(key, *text);
  } else if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    entries_.wholes.push_back({key, *whole, slot});
  } else if (const auto* real = std::get_if<double>(&value)) {
    if (!std::isnan(*real)) entries_.reals.push_back({key, *real, slot});
  } else if (const auto* flag = std::get_if<bool>(&value)) {
    entries_.terms.push_back({terms.flag(key, *flag), slot});
  } else if (const auto* date = std::get_if<Timestamp>(&value)) {
    add(key, date->text);
    entries_.seconds.push_back({key, date->second, slot});
  } else {
    for (const std::string& item : std::get<std::vector<std::string>>(value)) add(terms.items(key), item);
  }
}

void PendingBlock::add(ColumnTerms& terms, std::string_view id, const Metadata& metadata, RowRange rows) {
  add_value(terms, terms.key(kDocumentIdKey), std::string(id));
  for (const DocumentField& field : document_fields())
    if (const auto value = field_value(field, metadata)) add_value(terms, terms.key(field.name), *value);
  for (const auto& [key, value] : metadata.custom)
    if (key != kDocumentIdKey && find_field(key) == nullptr) add_value(terms, terms.key(key), value);
  entries_.documents.push_back(rows);
}

std::shared_ptr<const ColumnBlock> PendingBlock::build() && {
  std::vector<RowRange>& documents = entries_.documents;
  const auto first_row = [](const RowRange& rows) { return rows.first; };
  if (!std::ranges::is_sorted(documents, {}, first_row)) {
    std::vector<std::uint32_t> order(documents.size()), slots(documents.size());
    std::iota(order.begin(), order.end(), 0u);
    std::ranges::sort(order, {}, [&](std::uint32_t slot) { return documents[slot].first; });
    for (std::size_t i = 0; i < order.size(); ++i) slots[order[i]] = static_cast<std::uint32_t>(i);
    for_each_array(entries_, [&](auto& entries) { move_slots(entries, slots); });
    std::ranges::sort(documents, {}, first_row);
  }
  for_each_array(entries_, [](auto& entries) { sort_entries(entries); });
  return std::make_shared<const ColumnBlock>(entries_);
}

}  // namespace rappel
