// rappel list and rappel delete: the stored documents.
#include <fmt/format.h>

#include <ostream>

#include "base/escape_controls.h"
#include "base/units.h"
#include "cli/command.h"
#include "cli/filter_args.h"
#include "cli/workspace.h"
#include "store/filter_tree.h"
#include "store/metadata_json.h"
#include "store/removal.h"

namespace rappel {

int run_list(CommandContext& context) {
  const Options& options = context.options;
  const auto filter = parse_filter(options.items("--filter"));
  if (!filter.ok()) return context.console.fail(kExitUsage, filter.status());
  const auto workspace = Workspace::open(context, {.existing = true});
  if (!workspace.ok()) return context.console.fail(kExitUsage, workspace.status());
  const auto page = (*workspace)
                        ->retrieval()
                        .list(*filter, static_cast<std::size_t>(options.integer("--offset")),
                              static_cast<std::size_t>(options.integer("--limit")));
  if (!page.ok()) return context.console.fail(kExitFailed, page.status());

  std::ostream& out = *context.console.out;
  if (!options.boolean("--json")) {
    for (const DocumentSummary& document : (*page).documents)
      out << fmt::format(
          "{:<40} {:>12}  {}\n", escape_controls(document.id), count_text(document.chunk_count, "chunk"),
          escape_controls(document.metadata.source_id.value_or(document.metadata.filename.value_or(""))));
    out << fmt::format("{} of {}\n", (*page).documents.size(), count_text((*page).total, "document"));
    return kExitOk;
  }
  Json documents = Json::array();
  for (const DocumentSummary& document : (*page).documents)
    documents.push_back({{"document_id", document.id},
                         {"chunk_count", document.chunk_count},
                         {"metadata", metadata_json(document.metadata)},
                         {"sample_text", document.sample_text}});
  out << dump_json(Json{{"documents", std::move(documents)}, {"total", (*page).total}}) << "\n";
  return kExitOk;
}

namespace {

// Everything that can be refused before the store is opened is.
Result<DeleteInput> delete_input(const CommandContext& context) {
  const auto& filters = context.options.items("--filter");
  DeleteInput request;
  request.ids = context.arguments;
  request.delete_all = context.options.boolean("--all");
  if (request.delete_all && (!filters.empty() || !request.ids.empty()))
    return Status(Code::kInvalidArgument,
                  "delete: --all removes every document; leave it out to remove those of --filter and ids");
  if (filters.empty() && request.ids.empty() && !request.delete_all)
    return Status(Code::kInvalidArgument, "delete: name document ids, --filter or --all");
  if (filters.empty()) return request;
  RAPPEL_ASSIGN(request.filter, parse_filter(filters, FilterUse::kRemoval));
  if (is_empty(*request.filter))
    return Status(Code::kInvalidArgument,
                  "delete: --filter has no condition; to remove everything, use --all");
  if (const Status refusal = check_removal(*request.filter); !refusal.ok())
    return refusal.with_context("delete: --filter");
  return request;
}

}  // namespace

int run_delete(CommandContext& context) {
  const auto request = delete_input(context);
  if (!request.ok()) return context.console.fail(kExitUsage, request.status());
  const auto workspace = Workspace::open(context, {.existing = true});
  if (!workspace.ok()) return context.console.fail(kExitUsage, workspace.status());
  const auto removed = (*workspace)->retrieval().remove(*request);
  if (!removed.ok()) return context.console.fail(kExitFailed, removed.status());
  *context.console.out << count_text(*removed, "document") << " removed\n";
  if (*removed == 0 && !(*request).delete_all)
    *context.console.err
        << "No stored document matches. `rappel list` prints the ids of the stored documents.\n";
  return kExitOk;
}

}  // namespace rappel
