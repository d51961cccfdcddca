// rappel why: the reason that a document is not in the answer to a question.
#include <fmt/format.h>

#include <ostream>

#include "base/escape_controls.h"
#include "cli/command.h"
#include "cli/explain_output.h"
#include "cli/query_args.h"
#include "cli/workspace.h"

namespace rappel {
namespace {

Json number_json(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json why_json(const WhyAnswer& answer) {
  Json lacking = Json::array();
  for (const LackingSignal& signal : answer.lacking)
    lacking.push_back({{"signal", signal.signal}, {"reason", signal.reason}});
  const std::string condition = condition_text(answer);
  return {{"reason", why_name(answer.reason)},
          {"sentence", answer.sentence},
          {"place", answer.place > 0 ? Json(answer.place) : Json()},
          {"condition", condition.empty() ? Json() : Json(condition)},
          {"chunk_id", answer.chunk_id.empty() ? Json() : Json(answer.chunk_id)},
          {"result_id", answer.result_id.empty() ? Json() : Json(answer.result_id)},
          {"score", number_json(answer.score)},
          {"needed", number_json(answer.needed)},
          {"explain", answer.explanation ? explanation_json(*answer.explanation) : Json()},
          {"lacking", std::move(lacking)}};
}

void print_for_people(const std::string& id, const WhyAnswer& answer, std::ostream& out) {
  out << fmt::format("{}: {}\n", escape_controls(id), escape_controls(answer.sentence));
  if (!answer.chunk_id.empty()) out << "best chunk: " << escape_controls(answer.chunk_id) << "\n";
  if (answer.explanation) print_explanation(*answer.explanation, out);
  for (const LackingSignal& signal : answer.lacking)
    out << fmt::format("   {:<8} not used: {}\n", signal.signal, signal.reason);
}

}  // namespace

int run_why(CommandContext& context) {
  if (context.options.given("--page"))
    return context.console.fail(kExitUsage, Status(Code::kInvalidArgument,
                                                   "cannot look at --page: why looks at the first results; "
                                                   "ask for more of them with --top-k"));
  auto query = query_input(context);
  if (!query.ok()) return context.console.fail(kExitUsage, query.status());
  const auto workspace = Workspace::open(context, {.reranker = true, .existing = true});
  if (!workspace.ok()) return context.console.fail(kExitUsage, workspace.status());
  const std::string& id = context.arguments[1];
  const auto answer = (*workspace)->retrieval().why({*std::move(query), id});
  if (!answer.ok()) return context.console.fail(kExitFailed, answer.status());
  std::ostream& out = *context.console.out;
  if (context.options.boolean("--json"))
    out << dump_json(why_json(*answer)) << "\n";
  else
    print_for_people(id, *answer, out);
  return kExitOk;
}

}  // namespace rappel
