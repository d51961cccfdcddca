// rappel collection list|create|drop: the collections of a data folder. No model is loaded.
#include <fmt/format.h>

#include <ostream>

#include "base/escape_controls.h"
#include "cli/command.h"
#include "codec/json.h"
#include "config/settings.h"
#include "wiring/collections.h"

namespace rappel {
namespace {

int list(CommandContext& context, const Collections& collections) {
  const auto all = collections.list();
  if (!all.ok()) return context.console.fail(kExitFailed, all.status());
  std::ostream& out = *context.console.out;
  if (context.options.boolean("--json")) {
    Json names = Json::array({{{"name", kDefaultCollection}, {"description", ""}}});
    for (const CollectionSettings& one : *all)
      names.push_back({{"name", one.name}, {"description", one.description}});
    out << dump_json(Json{{"collections", std::move(names)}}) << "\n";
    return kExitOk;
  }
  out << kDefaultCollection << "\n";
  for (const CollectionSettings& one : *all)
    out << (one.description.empty() ? one.name
                                    : fmt::format("{:<24} {}", one.name, escape_controls(one.description)))
        << "\n";
  return kExitOk;
}

int create(CommandContext& context, const Collections& collections, const std::string& name) {
  CollectionSettings settings{.name = name, .description = context.options.text("--description")};
  if (const auto tokens = context.options.integer("--chunk-tokens"); tokens > 0)
    settings.chunk_tokens = static_cast<std::size_t>(tokens);
  const auto created = collections.create(std::move(settings));
  if (!created.ok()) return context.console.fail(kExitFailed, created.status());
  *context.console.out << "created: " << name << "\n";
  return kExitOk;
}

int drop(CommandContext& context, const Collections& collections, const std::string& name) {
  if (const auto found = collections.find(name); !found.ok() && found.status().code() == Code::kNotFound)
    return context.console.fail(kExitFailed, found.status());
  if (context.options.text("--confirm") != name)
    return context.console.fail(
        kExitUsage, Status(Code::kInvalidArgument,
                           fmt::format("drop removes all documents of collection \"{0}\": say so with "
                                       "`rappel collection drop {0} --confirm {0}`",
                                       name)));
  if (const Status status = collections.drop(name); !status.ok())
    return context.console.fail(kExitFailed, status);
  *context.console.out << "dropped: " << name << "\n";
  return kExitOk;
}

}  // namespace

int run_collection(CommandContext& context) {
  const auto collections = Collections::beside(store_settings(context));
  if (!collections.ok()) return context.console.fail(kExitUsage, collections.status());
  const std::string& action = context.arguments[0];
  const bool has_name = context.arguments.size() > 1;
  if (action == "list" && !has_name) return list(context, *collections);
  if (action == "create" && has_name) return create(context, *collections, context.arguments[1]);
  if (action == "drop" && has_name) return drop(context, *collections, context.arguments[1]);
  return context.console.fail(
      kExitUsage,
      Status(Code::kInvalidArgument, "collection: use list, create NAME or drop NAME --confirm NAME"));
}

}  // namespace rappel
