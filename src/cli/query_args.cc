#include "cli/query_args.h"

#include <utility>

#include "cli/filter_args.h"

namespace rappel {

Result<QueryInput> query_input(const CommandContext& context) {
  QueryInput query;
  query.text = context.arguments[0];
  RAPPEL_ASSIGN(query.filter, parse_filter(context.options.items("--filter")));
  query.min_score = context.options.real("--min-score");
  query.explain = context.options.boolean("--explain");
  return query;
}

}  // namespace rappel
