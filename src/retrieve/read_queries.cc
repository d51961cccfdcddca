#include "retrieve/read_queries.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "store/filter_json.h"

namespace rappel {
namespace {

// Names that need no quotes around their values.
std::vector<std::string_view> field_names() {
  std::vector<std::string_view> names = {kDocumentIdKey, "start_date", "end_date"};
  for (const DocumentField& field : document_fields()) names.emplace_back(field.name);
  return names;
}

Result<Filter> filter_of(const FieldCondition& field) {
  auto filter = read_text_condition(field.key, field.value);
  if (!filter.ok())
    return filter.status().with_context(
        fmt::format("cannot read {}:{} in the query; put all of it in quotes to search for the text",
                    field.key, field.value));
  return field.excluded ? Filter::negation(*std::move(filter)) : std::move(filter);
}

Status check_store(const QueryInput& query, const StoreInfo& store) {
  if ((query.typos || query.prefix) && !store.guesses)
    return Status(Code::kUnsupported,
                  fmt::format("the {} store does not guess words; ask without typos and prefix", store.kind));
  if (!conditions_of(query).empty() && !store.text_conditions)
    return Status(Code::kUnsupported,
                  fmt::format("the {} store has no phrases and excluded words; ask without "
                              "syntax, or leave them out",
                              store.kind));
  return check_conditions(conditions_of(query));
}

Status read_syntax(QueryInput& query) {
  static const std::vector<std::string_view> names = field_names();
  QuerySyntax syntax = parse_query_syntax(query.text, names);
  std::vector<Filter> filters = {std::move(query.filter)};
  for (const FieldCondition& field : syntax.fields) {
    RAPPEL_ASSIGN(Filter filter, filter_of(field));
    filters.push_back(std::move(filter));
  }
  query.filter = filters.size() == 1 ? std::move(filters[0]) : Filter::both_of(std::move(filters));
  query.reading = QueryReading{
      std::exchange(query.text, std::move(syntax.text)),
      {std::move(syntax.phrases), std::move(syntax.excluded_phrases), std::move(syntax.excluded_words)},
      std::move(syntax.fields)};
  query.syntax = false;
  return {};
}

}  // namespace

Result<std::vector<QueryInput>> read_queries(std::span<const QueryInput> queries, const StoreInfo& store) {
  std::vector<QueryInput> read(queries.begin(), queries.end());
  for (QueryInput& query : read) {
    if (query.syntax) RAPPEL_TRY(read_syntax(query));
    RAPPEL_TRY(check_store(query, store));
  }
  return read;
}

const TextConditions& conditions_of(const QueryInput& query) {
  static const TextConditions none;
  return query.reading ? query.reading->conditions : none;
}

LexicalSignal words_of(const QueryInput& query) { return {query.text, query.typos, query.prefix}; }

const std::string& written_text(const QueryInput& query) {
  return query.reading ? query.reading->written : query.text;
}

bool has_only_conditions(const QueryInput& query) {
  return query.reading && !query.reading->empty() && query.text.empty();
}

}  // namespace rappel
