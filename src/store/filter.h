// Filter: which documents a query, a listing or a removal speaks of. A typed tree, compiled by each store to
// its own language with bound values (never by pasting strings), and evaluated by matches(), the naive twin,
// in tests.
//
// Semantics (one for all stores): equality is on bytes; a null field equals nothing; date bounds are
// inclusive, on the parsed second (base/timestamp.h), and a document without created_at fails every date
// bound.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/types.h"

namespace rappel {

enum class FilterField { kDocumentId, kSource, kSourceId, kAuthor, kUrl, kFilename };

struct Filter {
  enum class Op {
    kAll,               // everything
    kAnd,               // every child; no children = everything
    kEquals,            // field == text
    kCreatedAtOrAfter,  // created_at >= seconds since 1970-01-01T00:00:00Z
    kCreatedAtOrBefore,
  };
  Op op = Op::kAll;
  FilterField field = FilterField::kDocumentId;
  std::string text;
  std::int64_t seconds = 0;
  std::vector<Filter> children;

  static Filter all() { return {}; }
  static Filter equals(FilterField field, std::string text);
  static Filter created_at_or_after(std::int64_t seconds);
  static Filter created_at_or_before(std::int64_t seconds);
  static Filter both_of(std::vector<Filter> children);

  // True when nothing is restricted (kAll, or an And of such).
  bool unrestricted() const;
};

bool matches(const Filter& filter, const std::string& document_id, const Metadata& metadata);

}  // namespace rappel
