// Filter: which documents a query, a listing or a removal selects. A typed tree, compiled by each store to
// its own language with bound values (never by pasting strings), and evaluated by matches(), the naive twin,
// in tests.
//
// A key is "document_id", a field of store/fields.h, or a custom key. Semantics, the same for all stores:
//   A document without the key fails every condition except kMissing and kNotEquals; so does a value of
//   another type.
//   Texts are equal when their bytes are; dates are texts there. Numbers are equal by value, 3 and 3.0 too.
//   A list equals a text when it contains it.
//   Order exists between numbers, and between dates by their second. Everything else is unordered.
//   kNotEquals is true where kIn is not, also of a document without the key (as in MongoDB and Chroma).
//   kPrefix and kContains compare bytes of texts and dates; a list contains the texts that it has.
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

constexpr std::size_t kMaxFilterConditions = 200;  // kOr and kNot count as one
constexpr std::size_t kMaxFilterDepth = 16;        // kAnd adds no level: the members of a JSON object are one
constexpr std::size_t kMaxFilterValues = 1000;

struct Filter {
  enum class Op {
    kAll,        // everything
    kAnd,        // every child; no children = everything
    kOr,         // any child; no children = nothing
    kNot,        // not the one child
    kIn,         // equal to one of `values`; equality is the list of one
    kNotEquals,  // equal to none of `values`
    kPrefix,     // a text, or one of a list, that begins with the one text of `values`
    kContains,   // a text that has the one text of `values` in it, or a list that has it
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
  static Filter either_of(std::vector<Filter> children);
  static Filter negation(Filter child);

  // The same tree, not only the same documents.
  bool operator==(const Filter&) const = default;

  // True when nothing is restricted, whatever the documents are: kAll, kNotEquals without values, and groups
  // of such. A removal by a list that happens to be empty must not remove everything.
  bool unrestricted() const;
  // True when a document without a custom key may match because it has none: misspelt, the key would select
  // every document.
  bool selects_by_absence() const;
  // True when a condition compares parts of texts (kPrefix, kContains).
  bool reads_texts() const;
};

// kInvalidArgument: more conditions, values or levels than the bounds. Every store applies it.
Status check_filter(const Filter& filter);

bool matches(const Filter& filter, const std::string& document_id, const Metadata& metadata);

// The two relations that filters are made of, of a stored value and a filter's value.
bool equal_values(const MetadataValue& stored, const MetadataValue& wanted);
std::partial_ordering order_values(const MetadataValue& stored, const MetadataValue& wanted);

}  // namespace rappel
