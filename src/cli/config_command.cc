// rappel config: the settings in force and where each comes from. Secrets are counted, not shown.
#include <fmt/format.h>

#include <ostream>

#include "cli/command.h"
#include "cli/help.h"

namespace rappel {
namespace {

std::string shown(const OptionValue& value) {
  if (!value.spec->secret) return value.text;
  if (value.text.empty()) return "";
  if (value.spec->type != OptionType::kList) return "(set, hidden)";
  return fmt::format("({} set, hidden)", value.items.size());
}

}  // namespace

int run_config(CommandContext& context) {
  for (const OptionValue& value : context.options.all())
    *context.console.out << fmt::format("{:<28}{:<40}  {}\n", value.spec->name(), shown(value), value.where);
  for (const std::string& note : context.options.notes()) *context.console.out << "\nnote: " << note << "\n";
  return kExitOk;
}

int run_options(CommandContext& context) {
  *context.console.out << (context.options.boolean("--markdown") ? options_markdown()
                                                                 : options_text(context.console.out_style));
  return kExitOk;
}

}  // namespace rappel
