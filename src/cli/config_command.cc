// rappel config: the settings in force, the place that each comes from, and what rappel makes of every line
// of the settings file. It never fails because of a setting. Secrets are counted, not shown.
#include "cli/command.h"

#include <fmt/format.h>

#include <ostream>

#include "cli/help.h"
#include "config/settings_file.h"
#include "config/settings_report.h"

namespace rappel {
namespace {

void print_values(const Options& options, std::ostream& out) {
  for (const OptionValue& value : options.all())
    out << fmt::format("{:<28}{:<40}  {}\n", value.spec->name(), shown_value(value),
                       value.problem.ok() ? value.where : "default, because " + value.where + " is invalid");
}

void print_settings_file(const CommandContext& context, std::ostream& out) {
  const auto uses = variables_of_settings_file(context);
  if (uses.empty()) return;
  out << "\nVariables of " << context.settings_file << ":\n";
  for (const VariableUse& use : uses)
    out << fmt::format("  line {:<4} {:<34} {}\n", use.line, use.name, use.words);
}

void print_serve(const CommandContext& context, std::ostream& out) {
  const auto reasons = reasons_against_serving(context.options);
  for (const OptionValue& value : context.options.all())
    if (!value.problem.ok() && !(value.spec->commands & kServeCommand))
      out << "\ninvalid: " << value.problem.to_string() << "\n";
  for (const Status& reason : reasons) out << "\nstops serve: " << reason.to_string() << "\n";
  if (reasons.empty()) out << "\n`rappel serve` accepts these settings\n";
}

}  // namespace

int run_config(CommandContext& context) {
  std::ostream& out = *context.console.out;
  out << "settings file: " << settings_file_words(context.settings_file) << "\n\n";
  print_values(context.options, out);
  print_settings_file(context, out);
  for (const std::string& note : context.options.notes()) out << "\nnote: " << note << "\n";
  print_serve(context, out);
  return kExitOk;
}

int run_options(CommandContext& context) {
  *context.console.out << (context.options.boolean("--markdown") ? options_markdown()
                                                                 : options_text(context.console.out_style));
  return kExitOk;
}

}  // namespace rappel
