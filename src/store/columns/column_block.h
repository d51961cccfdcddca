// ColumnBlock: the metadata of up to 65 536 documents as columns, immutable. PendingBlock collects documents,
// and merge_blocks() joins blocks, without the dead documents.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "index/rows.h"
#include "index/slot_bits.h"
#include "store/columns/column_terms.h"
#include "store/columns/ordered_values.h"
#include "store/columns/term_sets.h"
#include "store/columns/text_columns.h"
#include "store/metadata.h"

namespace rappel {

// The documents of a block with everything that is known about them, in the order of the arrays below.
struct ColumnEntries {
  std::vector<RowRange> documents;  // ascending and disjoint; a slot is a place here
  std::vector<TermEntry> terms;
  std::vector<OrderedEntry<std::int64_t>> wholes, seconds;
  std::vector<OrderedEntry<double>> reals;
  std::vector<TextEntry> texts = {};
  TextArena arena = {};  // of the texts
};

struct ColumnBlock {
  static constexpr std::size_t kMostDocuments = 65'536;

  explicit ColumnBlock(const ColumnEntries& entries);

  std::size_t words() const { return (documents.size() + 63) / 64; }  // of a bitmap
  // The slots of the documents with rows from `row` on.
  std::size_t lower_bound(std::int64_t row) const;
  ColumnEntries entries() const;
  std::size_t bytes() const;

  std::vector<RowRange> documents;
  bool has_gaps = false;  // between the rows of two documents
  TermSets terms;
  OrderedValues<std::int64_t> wholes, seconds;  // numbers, and dates
  OrderedValues<double> reals;                  // numbers that are not NaN, which is never equal nor ordered
  TextColumns texts;                            // those of dates and lists, too; none if they are not kept
};

// The part of a block that a version sees.
struct ColumnPart {
  std::shared_ptr<const ColumnBlock> block;
  DeadSlots dead;
  std::size_t live = 0;
};

// The live documents of the parts in one block; they have at most kMostDocuments.
std::shared_ptr<const ColumnBlock> merge_blocks(std::span<const ColumnPart> parts);

class PendingBlock {
 public:
  // `texts`: whether they are kept, and not only their hashes.
  explicit PendingBlock(bool texts = false) : texts_(texts) {}

  // Documents may come in any order. `rows`: disjoint from the others'.
  void add(ColumnTerms& terms, std::string_view id, const Metadata& metadata, RowRange rows);
  std::size_t size() const { return entries_.documents.size(); }
  std::size_t text_bytes() const { return entries_.arena.bytes(); }
  std::shared_ptr<const ColumnBlock> build() &&;

 private:
  void add_value(ColumnTerms& terms, std::uint64_t key, const MetadataValue& value);

  bool texts_;
  ColumnEntries entries_;
};

}  // namespace rappel
