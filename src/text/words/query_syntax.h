// The syntax of a query, for callers that ask for it; without it every character is text.
//
//   "two words"      the chunk has these words in this order (straight, curly and angle quotes)
//   -word            the chunk lacks the word; -"two words" lacks the phrase
//   name:value       the field `name` equals the value; name:"two words" too. With a dash: it does not
//
// The syntax is forgiving, because most queries are plain text: what is not written as above stays text. A
// quote opens a phrase only at the start of a word and with its partner after it; a dash excludes only
// directly before a letter, a digit or a quote, and not within a word. So ERR-4012, C++, 5" and a lone - or "
// are text. A colon makes a field only after a name that the caller knows, or directly before a quoted value:
// 12:30, http://x and Note:this are text.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rappel {

struct FieldCondition {
  std::string key;    // as the caller spells it, or as it is written if the caller does not know it
  std::string value;  // not empty
  bool excluded = false;
  bool operator==(const FieldCondition&) const = default;
};

struct QuerySyntax {
  // The query without excluded words and fields, and without the quotes of phrases: the words to search for,
  // those of the phrases too. Without any syntax it is the query, byte by byte. May be empty.
  std::string text;
  // In the order of the query.
  std::vector<std::string> phrases;
  std::vector<std::string> excluded_words;
  std::vector<std::string> excluded_phrases;
  std::vector<FieldCondition> fields;
};

// Any bytes; linear in their number. `names`: of fields; letters of any case are equal to them.
QuerySyntax parse_query_syntax(std::string_view query, std::span<const std::string_view> names);

}  // namespace rappel
