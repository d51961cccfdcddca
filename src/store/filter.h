// Filter: which documents a query, a listing or a removal selects. A typed tree, compiled by each store to
// its own language with bound values (never by pasting strings), and evaluated by matches(), the naive twin,
// in tests.
//
// A key is "document_id", a field of store/fields.h, or a custom key. Semantics, the same for all stores:
//   A document without the key fails every condition except kMissing; so does a value of another type.
//   Texts are equal when their bytes are; dates are texts there. Numbers are equal by value, 3 and 3.0 too.
//   A list equals a text when it contains it.
//   Order exists between numbers, and between dates by their second. Everything else is unordered.
//   kNotEquals is true of a document that has the key with another value.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/fields.h"
#include "store/metadata.h"

namespace rappel {

constexpr std::size_t kMaxFilterConditions = 200;
constexpr std::size_t kMaxFilterValues = 1000;

struct Filter {
  enum class Op {
    kAll,        // everything
    kAnd,        // every child; no children = everything
    kIn,         // equal to one of `values`; equality is the list of one
    kNotEquals,  // has the key, and is equal to none of `values`
    kLess,       // these four: `values` is one number or date
    kLessOrEqual,
    kGreater,
    kGreaterOrEqual,
    kExists,
    kMissing,
  };
  Op op = Op::kAll;
  std::string key;
  std::vector<MetadataValue> values;
  std::vector<Filter> children;

  static Filter all() { return {}; }
  static Filter document(std::string id) { return equals(kDocumentIdKey, std::move(id)); }
  static Filter equals(std::string_view key, MetadataValue value);
  static Filter any_of(std::string_view key, std::vector<MetadataValue> values);
  static Filter compare(Op op, std::string_view key, MetadataValue value);
  static Filter exists(std::string_view key, bool wanted);
  static Filter created_at_or_after(std::int64_t second);
  static Filter created_at_or_before(std::int64_t second);
  static Filter both_of(std::vector<Filter> children);

  // The same tree, not only the same documents.
  bool operator==(const Filter&) const = default;

  // True when nothing is restricted (kAll, or an And of such).
  bool unrestricted() const;
  // True when a condition asks for the absence of a custom key: misspelt, it would select every document.
  bool selects_by_absence() const;
};

// kInvalidArgument: more conditions or values than the bounds. Every store applies it.
Status check_filter(const Filter& filter);

bool matches(const Filter& filter, const std::string& document_id, const Metadata& metadata);

// The two relations that filters are made of, of a stored value and a filter's value.
bool equal_values(const MetadataValue& stored, const MetadataValue& wanted);
std::partial_ordering order_values(const MetadataValue& stored, const MetadataValue& wanted);

}  // namespace rappel
