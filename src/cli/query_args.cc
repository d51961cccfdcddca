#include "cli/query_args.h"

#include <optional>
#include <string_view>
#include <utility>

#include "cli/filter_args.h"

namespace rappel {
namespace {

// Nothing for 0.
std::optional<std::size_t> bound(const Options& options, std::string_view name) {
  const long long value = options.integer(name);
  return value == 0 ? std::nullopt : std::optional(static_cast<std::size_t>(value));
}

AnswerShape shape_of(const Options& options) {
  AnswerShape shape;
  shape.neighbors = static_cast<std::size_t>(options.integer("--neighbors"));
  shape.highlights = options.boolean("--highlights");
  if (options.real("--diversity") > 0) shape.diversity = options.real("--diversity");
  shape.collapse = options.boolean("--collapse");
  shape.fold_duplicates = options.boolean("--fold-duplicates");
  shape.max_chars = bound(options, "--max-chars");
  shape.max_tokens = bound(options, "--max-tokens");
  return shape;
}

}  // namespace

Result<QueryInput> query_input(const CommandContext& context) {
  QueryInput query;
  query.text = context.arguments[0];
  RAPPEL_ASSIGN(query.filter, parse_filter(context.options.items("--filter")));
  query.min_score = context.options.real("--min-score");
  query.explain = context.options.boolean("--explain");
  query.syntax = context.options.boolean("--syntax");
  query.typos = context.options.boolean("--typos");
  query.prefix = context.options.boolean("--prefix");
  query.shape = shape_of(context.options);
  return query;
}

}  // namespace rappel
