#include "config/settings_report.h"

#include <algorithm>

#include "config/other_variables.h"
#include "config/settings.h"

namespace rappel {
namespace {

const OptionValue* option_of(const Options& options, std::string_view variable) {
  const auto& all = options.all();
  const auto it = std::find_if(all.begin(), all.end(), [&](const OptionValue& value) {
    return names_variable(*value.spec, variable);
  });
  return it == all.end() ? nullptr : &*it;
}

std::string use_of_option(const RunContext& context, const std::string& name, const EnvEntry& entry,
                          const OptionValue& value) {
  if (entry.value.empty()) return "empty, so it counts as not set";
  if (!value.where.starts_with(name + " in ") ||
      !value.where.ends_with(" line " + std::to_string(entry.line)))
    return "overridden by " + value.where;
  if (!value.problem.ok())
    return (value.spec->commands & kServeCommand ? "stops serve: " : "invalid: ") + value.problem.message();
  if (value.spec->variable == std::string_view("BEARER_TOKEN"))
    if (const Status tokens = usable_tokens(context.options); !tokens.ok())
      return "stops serve: " + tokens.message();
  if (!value.fell_back.empty()) return "replaced by " + value.text + ": this build does not have the device";
  return name == value.spec->variable ? "in force" : std::string("in force as ") + value.spec->variable;
}

std::string use_of(const RunContext& context, const std::string& name, const EnvEntry& entry) {
  if (const OptionValue* value = option_of(context.options, name))
    return use_of_option(context, name, entry, *value);
  if (const IgnoredVariable* ignored = ignored_variable(name))
    return std::string("ignored: ") + ignored->reason;
  if (passed_variable(name) != nullptr) return "in force";
  return "unknown: rappel has no such setting";
}

// "https://me:secret@host/path" -> "https://host/path".
std::string without_credentials(const std::string& text) {
  const std::size_t scheme = text.find("://");
  if (scheme == std::string::npos) return text;
  const std::size_t begin = scheme + 3, end = std::min(text.find('/', begin), text.size());
  const std::size_t at = text.rfind('@', end);
  return at == std::string::npos || at < begin ? text : text.substr(0, begin) + text.substr(at + 1);
}

}  // namespace

std::string shown_value(const OptionValue& value) {
  if (!value.spec->secret) return without_credentials(value.text);
  if (value.text.empty()) return "";
  if (value.spec->type != OptionType::kList) return "(set, hidden)";
  return "(" + std::to_string(value.items.size()) + " set, hidden)";
}

std::vector<VariableUse> variables_of_settings_file(const RunContext& context) {
  std::vector<VariableUse> uses;
  for (const auto& [name, entry] : context.settings_entries)
    uses.push_back({name, entry.line, use_of(context, name, entry)});
  std::sort(uses.begin(), uses.end(),
            [](const VariableUse& a, const VariableUse& b) { return a.line < b.line; });
  return uses;
}

std::vector<Status> reasons_against_serving(const Options& options) {
  std::vector<Status> reasons;
  const auto add = [&](const Status& status) {
    if (!status.ok()) reasons.push_back(status);
  };
  for (const OptionValue& value : options.all())
    if (value.spec->commands & kServeCommand) add(value.problem);
  add(usable_tokens(options));
  add(chunk_options(options).status());
  add(load_tls(options).status());
  return reasons;
}

std::vector<Status> reasons_against_serving(const OptionSources& sources) {
  return reasons_against_serving(Options::resolve(sources, kServeCommand | kDoctorCommand).value());
}

}  // namespace rappel
