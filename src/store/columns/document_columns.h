// DocumentColumns: the metadata of all documents in memory, so that a filter becomes row ranges without the
// database. select() has exactly the semantics of matches() (store/filter.h).
//
// Texts are kept as hashes (column_terms.h), numbers and dates in order. Conditions on parts of texts need
// the texts themselves (text_columns.h), which take about as much memory as the rest; they are kept on
// demand. A DocumentColumns is an immutable version: copies are cheap (they share blocks), and any number of
// threads may ask it. A DocumentColumnsBuilder makes the next version. New documents become small blocks,
// which are merged with neighbours of similar size, so a document is copied a logarithmic number of times.
// Removed documents are marked; a block is rewritten when more than a quarter of it is gone. Documents whose
// metadata changed leave their block for a new one, so the rows of blocks may interleave.
//
// At most one builder at a time, always started from the newest version.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "store/columns/column_block.h"
#include "store/filter.h"

namespace rappel {

class DocumentColumns {
 public:
  // `texts`: whether they are kept. `secret`: of the hashes. block_documents: other values are for tests.
  explicit DocumentColumns(bool texts = false, const SipKey& secret = SipKey::random(),
                           std::size_t block_documents = ColumnBlock::kMostDocuments);

  std::size_t size() const { return size_; }  // documents
  std::size_t bytes() const;
  bool has_texts() const { return texts_; }
  std::size_t text_bytes() const;  // of bytes()
  // Rows of the documents for which matches() holds; ascending and disjoint, touching ones joined.
  // A filter that reads texts (Filter::reads_texts()) needs them.
  std::vector<RowRange> select(const Filter& filter) const;

 private:
  friend class DocumentColumnsBuilder;
  bool texts_;
  SipKey secret_;
  std::size_t block_documents_;
  std::size_t size_ = 0;
  std::vector<ColumnPart> parts_;
};

class DocumentColumnsBuilder {
 public:
  explicit DocumentColumnsBuilder(DocumentColumns base);

  // `rows`: no other document's.
  void append(std::string_view id, const Metadata& metadata, RowRange rows);
  // The documents of these rows, of those that `base` had. Removed and appended again, a document has other
  // metadata.
  void remove(RowRange range);
  std::size_t text_bytes() const { return next_.text_bytes() + pending_.text_bytes(); }
  DocumentColumns finish() &&;

 private:
  void flush();
  void merge();

  DocumentColumns next_;
  ColumnTerms terms_;
  std::size_t base_parts_;
  PendingBlock pending_;
};

}  // namespace rappel
