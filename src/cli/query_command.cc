// rappel query: one question to the stored documents.
#include <ostream>
#include <utility>

#include "cli/command.h"
#include "cli/query_args.h"
#include "cli/query_output.h"
#include "cli/workspace.h"
#include "store/metadata_json.h"

namespace rappel {
namespace {

// A cursor lives in the process that gave it, so a later page is reached through those before it.
Result<AnswerPage> page_of(Retrieval& retrieval, QueryInput query, std::size_t number) {
  for (AnswerPage page;; ++page.number) {
    RAPPEL_ASSIGN(auto outputs, retrieval.query({query}));
    page.output = std::move(outputs.front());
    if (page.number == number) return page;
    page.before += page.output.results.size();
    query.cursor = std::move(page.output.next);
    if (query.cursor.empty()) return AnswerPage{{.query = query.text}, number, page.before};
  }
}

}  // namespace

int run_query(CommandContext& context) {
  auto query = query_input(context);
  if (!query.ok()) return context.console.fail(kExitUsage, query.status());
  const auto workspace = Workspace::open(context, {.reranker = true, .existing = true});
  if (!workspace.ok()) return context.console.fail(kExitUsage, workspace.status());
  const auto number = static_cast<std::size_t>(context.options.integer("--page"));
  if (context.options.given("--page")) query->cursor = kFirstPage;
  const auto page = page_of((*workspace)->retrieval(), *std::move(query), number);
  if (!page.ok()) return context.console.fail(kExitFailed, page.status());

  std::ostream& out = *context.console.out;
  if (context.options.boolean("--json"))
    out << dump_json(answer_json(*page)) << "\n";
  else
    print_answer(*page, context.console.out_style, out);
  if (page->output.results.empty()) {
    const auto stats = (*workspace)->retrieval().stats();
    if (stats.ok() && (*stats).documents == 0)
      *context.console.err << "rappel: nothing is stored in " << (*workspace)->store().location
                           << "; `rappel ingest` stores files\n";
  }
  return kExitOk;
}

}  // namespace rappel
