// Reads the syntax of the queries that ask for it (text/words/query_syntax.h): quoted phrases, excluded words
// and fields become conditions, and models and signals see the words without operators.
//
// A field is a key of filters: those of store/fields.h, document_id, start_date and end_date by their names,
// and every other key if its value is in quotes. Values are converted as filters of the command line are:
// what looks like a number or a boolean matches both, and the text as well.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "retrieve/types.h"

namespace rappel {

// The queries in their order: those with `syntax` have a `reading` and no syntax any more, others are as they
// were. kInvalidArgument: a field cannot have the value, or there are too many conditions. kUnsupported: the
// store has no conditions on texts, or does not guess words.
Result<std::vector<QueryInput>> read_queries(std::span<const QueryInput> queries, const StoreInfo& store);

// The conditions on texts that hold for every result of a query that was read.
const TextConditions& conditions_of(const QueryInput& query);
// The search for the words of a query that was read.
LexicalSignal words_of(const QueryInput& query);
// The query as the caller wrote it.
const std::string& written_text(const QueryInput& query);
// Whether it has no words to search for: every chunk that fulfils its conditions is an answer.
bool has_only_conditions(const QueryInput& query);

}  // namespace rappel
