#include "config/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <set>

#include "base/check.h"
#include "base/fault_id.h"
#include "base/number.h"
#include "config/option_groups.h"
#include "config/other_variables.h"
#include "config/settings_file.h"

namespace rappel {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

bool contains(std::string_view bar_list, std::string_view item) {
  const auto parts = split_bar(bar_list);
  return std::find(parts.begin(), parts.end(), item) != parts.end();
}

std::string get(const Environment& environment, const char* name, const std::string& otherwise) {
  const auto it = environment.find(name);
  return it == environment.end() || it->second.empty() ? otherwise : it->second;
}

// {data} and {cache} of defaults, and a leading ~ of any path.
std::string expand_path(std::string path, const Environment& environment) {
  const auto replace_head = [&](std::string_view head, const std::string& with) {
    if (path.starts_with(head)) path = with + path.substr(head.size());
  };
  replace_head("{data}", get(environment, "XDG_DATA_HOME", "~/.local/share"));
  replace_head("{cache}", get(environment, "XDG_CACHE_HOME", "~/.cache"));
  if (path == "~" || path.starts_with("~/")) replace_head("~", get(environment, "HOME", "."));
  return path;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view item = trim(text.substr(0, comma));
    if (!item.empty()) items.emplace_back(item);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return items;
}

std::string either_of(std::string_view choices) {
  const auto parts = split_bar(choices);
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += i + 1 == parts.size() ? " or " : ", ";
    out += parts[i];
  }
  return out;
}

bool read_boolean(std::string_view text, bool* out) {
  const std::string word = lower(text);
  *out = contains("true|1|yes|on|t|y", word);
  return *out || contains("false|0|no|off|f|n", word);
}

// The refusal of a device that only other builds have.
std::string refusal_of(const OptionSpec& spec, const std::vector<std::string>& devices) {
  std::string names;
  for (const std::string& device : devices) names += (names.empty() ? "" : ", ") + device;
  return "this build has the devices " + names + " and reference; " + spec.refusal;
}

// "" when `value` is good, else what was expected.
std::string read_choice(OptionValue& value, const std::vector<std::string>& devices) {
  const OptionSpec& spec = *value.spec;
  std::string word = lower(value.text);
  for (const std::string_view synonym : split_bar(spec.synonyms)) {
    const std::size_t equals = synonym.find('=');
    if (word == synonym.substr(0, equals)) word = synonym.substr(equals + 1);
  }
  value.text = word;
  if (contains(spec.choices, word)) return "";
  const std::string name = word.substr(0, word.find(':'));
  if (contains(spec.refused, name)) {
    if (!spec.falls_back) return spec.refusal;
    return std::find(devices.begin(), devices.end(), name) != devices.end() ? "" : refusal_of(spec, devices);
  }
  return "expected " + either_of(spec.choices);
}

std::string read_integer(OptionValue& value) {
  const std::string_view text = trim(value.text);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value.integer);
  if (error != std::errc() || end != text.data() + text.size() || value.integer < value.spec->min ||
      value.integer > value.spec->max)
    return "expected a whole number " + std::to_string(value.spec->min) + ".." +
           std::to_string(value.spec->max);
  value.text = std::to_string(value.integer);
  return "";
}

std::string read_real(OptionValue& value) {
  const RealRange range = value.spec->range;
  const auto number = parse_number(value.text);
  if (!number || *number < range.min || *number > range.max)
    return fmt::format("expected a number {}..{}", range.min, range.max);
  value.real = *number;
  value.text = fmt::format("{}", *number);
  return "";
}

// A number of at most 2 without a unit is a share, as in PyTorch's high watermark, so
// two bytes cannot be asked for.
std::string read_memory(OptionValue& value) {
  constexpr double kLeast = 16 << 20, kMost = 1e15;
  const std::string word = lower(trim(value.text));
  std::string_view unit = word;
  const auto taken = take_number(unit);
  unit = trim(unit);
  const std::string expected =
      "expected bytes with a unit (2G, 512M; at least 16M), a share (50% or 0.5), or 0 for no limit";
  if (!taken || *taken < 0) return expected;
  const double number = *taken;
  if (unit == "%" || (unit.empty() && number <= 2)) {
    value.real = unit.empty() ? number : number / 100;
    return value.real > 2 ? expected : "";
  }
  constexpr std::pair<std::string_view, double> kUnits[] = {
      {"", 1}, {"k", 0x1p10}, {"m", 0x1p20}, {"g", 0x1p30}, {"t", 0x1p40}};
  std::string_view letter = unit;
  if (letter.ends_with('b')) letter.remove_suffix(1);
  if (letter.ends_with('i')) letter.remove_suffix(1);
  for (const auto& [name, bytes] : kUnits) {
    if (letter != name) continue;
    if (number * bytes < kLeast || number * bytes > kMost) return number == 0 ? "" : expected;
    value.integer = static_cast<long long>(number * bytes);
    return "";
  }
  return expected;
}

// Turns value.text into its canonical and typed form.
std::string read_value(OptionValue& value, const OptionSources& sources) {
  switch (value.spec->type) {
    case OptionType::kText: return "";
    case OptionType::kPath:
      if (value.origin == Origin::kEnvFile) value.text = path_in_settings(value.text, sources.env_file_name);
      value.text = expand_path(value.text, sources.environment);
      return "";
    case OptionType::kModel:
      if (value.origin == Origin::kEnvFile) value.text = model_in_settings(value.text, sources.env_file_name);
      return "";
    case OptionType::kInteger: return read_integer(value);
    case OptionType::kReal: return read_real(value);
    case OptionType::kBoolean:
      if (!read_boolean(trim(value.text), &value.boolean)) return "expected true or false";
      value.text = value.boolean ? "true" : "false";
      return "";
    case OptionType::kChoice: return read_choice(value, sources.devices);
    case OptionType::kList: value.items = split_list(value.text); return "";
    case OptionType::kRepeated: return "";
    case OptionType::kMemory: return read_memory(value);
  }
  return "";
}

struct Default {
  const char* text;
  const char* where;
};

Default default_in(const OptionSpec& spec, std::string_view platform, bool local) {
  for (const LocalDefault& other : local_defaults())
    if (local && other.option == spec.name()) return {other.text, "default of RAPPEL_LOCAL"};
  return {default_of(spec, platform), "default"};
}

// The raw text of an option and where it came from, by precedence.
OptionValue pick(const OptionSpec& spec, const OptionSources& sources, unsigned command,
                 const Default& otherwise) {
  OptionValue value;
  value.spec = &spec;
  for (const auto& [flag_spec, text] : sources.flags) {
    if (flag_spec != &spec) continue;
    value.origin = Origin::kFlag;
    value.where = spec.flag_in(command);
    value.text = text;
    if (spec.type == OptionType::kRepeated) value.items.push_back(text);
  }
  if (value.origin == Origin::kFlag) return value;

  std::vector<std::string_view> names = split_bar(spec.old_names);
  if (*spec.variable) names.insert(names.begin(), spec.variable);
  for (const std::string_view view : names) {
    const std::string name(view);
    const auto it = sources.environment.find(name);
    if (it == sources.environment.end() || it->second.empty()) continue;
    value.origin = Origin::kEnvironment;
    value.where = name + " in the environment";
    value.text = it->second;
    return value;
  }
  for (const std::string_view view : names) {
    const std::string name(view);
    const auto it = sources.env_file.find(name);
    if (it == sources.env_file.end() || it->second.value.empty()) continue;
    value.origin = Origin::kEnvFile;
    value.where = name + " in " + sources.env_file_name + " line " + std::to_string(it->second.line);
    value.text = it->second.value;
    return value;
  }
  value.where = otherwise.where;
  value.text = otherwise.text;
  return value;
}

std::string complaint(const OptionValue& value, const std::string& given, const std::string& problem) {
  const std::string shown = value.spec->secret ? "(hidden)" : given;
  switch (value.origin) {
    case Origin::kFlag: return value.where + " " + shown + ": " + problem;
    case Origin::kDefault: return std::string(value.spec->name()) + "=" + shown + " (default): " + problem;
    default: break;
  }
  const std::size_t space = value.where.find(' ');
  return value.where.substr(0, space) + "=" + shown + value.where.substr(space) + ": " + problem;
}

// In force instead of an invalid value; `where` stays the place of that one.
OptionValue default_value(const OptionSpec& spec, std::string where, const Default& otherwise,
                          const OptionSources& sources) {
  OptionValue value;
  value.spec = &spec;
  value.where = std::move(where);
  value.text = otherwise.text;
  (void)read_value(value, sources);
  return value;
}

// One failure, or one line for each of several.
Status joined(const std::vector<Status>& problems) {
  if (problems.size() == 1) return problems.front();
  std::string lines;
  for (const Status& problem : problems) lines += (lines.empty() ? "" : "\n") + problem.to_string();
  return {Code::kInvalidArgument, std::move(lines)};
}

// One note per reason, with every variable that has it.
void note_ignored(const OptionSources& sources, std::vector<std::string>& notes) {
  std::set<std::string> given;
  for (const auto& entry : sources.environment) given.insert(entry.first);
  for (const auto& entry : sources.env_file) given.insert(entry.first);
  std::map<std::string_view, std::string> by_reason;
  for (const std::string& key : given) {
    const IgnoredVariable* variable = ignored_variable(key);
    if (variable == nullptr) continue;
    std::string& names = by_reason[variable->reason];
    names += (names.empty() ? "" : ", ") + key;
  }
  for (const auto& [reason, names] : by_reason)
    notes.push_back(names + (names.find(',') == std::string::npos ? " is" : " are") +
                    " set and ignored: " + std::string(reason));
}

}  // namespace

std::vector<std::string_view> split_bar(std::string_view text) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t bar = std::min(text.find('|'), text.size());
    parts.push_back(text.substr(0, bar));
    text.remove_prefix(std::min(bar + 1, text.size()));
  }
  return parts;
}

bool names_variable(const OptionSpec& spec, std::string_view variable) {
  if (variable.empty()) return false;
  return variable == spec.variable || contains(spec.old_names, variable);
}

const char* default_of(const OptionSpec& spec, std::string_view platform) {
  if (platform == "mps" && spec.fallback.mps != nullptr) return spec.fallback.mps;
  if (platform == "cuda" && spec.fallback.cuda != nullptr) return spec.fallback.cuda;
  return spec.fallback.cpu;
}

const OptionSpec& find_option(std::string_view name) {
  const auto table = option_table();
  const auto it =
      std::find_if(table.begin(), table.end(), [&](const OptionSpec& spec) { return spec.name() == name; });
  RAPPEL_CHECK(it != table.end(), "an option of that name is in the table");
  return *it;
}

Result<Options> Options::resolve(const OptionSources& sources, unsigned command) {
  Options options;
  // The tools that choose a device look past one that was chosen for another machine.
  bool fallback_allowed = (command & (kOptimizeCommand | kSetupCommand)) != 0;
  bool local = false;  // for the rows after RAPPEL_LOCAL
  for (const OptionSpec& spec : sources.table) {
    if (!(spec.commands & command)) continue;
    const Default otherwise = default_in(spec, sources.platform, local);
    OptionValue value = pick(spec, sources, command, otherwise);
    const std::string given = value.text;
    std::string problem = read_value(value, sources);
    if (!problem.empty() && spec.falls_back && problem.ends_with(spec.refusal) && fallback_allowed) {
      const std::string lacks = problem.substr(0, problem.size() - (std::string("; ") + spec.refusal).size());
      // Without the place, because /health shows it to everybody.
      value.fell_back = std::string(spec.name()) + "=" + given + ": " + lacks + fault_mark("device-missing");
      options.notes_.push_back(complaint(value, given, lacks + "; using " + otherwise.text));
      value.text = otherwise.text;
      problem.clear();
    }
    if (std::string_view(spec.variable) == "DEVICE_FALLBACK") fallback_allowed |= value.boolean;
    if (std::string_view(spec.variable) == "RAPPEL_LOCAL") local = value.boolean;
    if (!problem.empty()) {
      const bool device = spec.falls_back && problem.ends_with(spec.refusal);
      const Status invalid = Status(Code::kInvalidArgument, complaint(value, given, problem))
                                 .with_id(device ? "device-missing" : "setting");
      options.problems_.push_back(invalid);
      value = default_value(spec, value.where, otherwise, sources);
      value.problem = invalid;
    }
    options.values_.push_back(std::move(value));
  }
  if (!options.problems_.empty() && !(command & (kDoctorCommand | kConfigCommand)))
    return joined(options.problems_);
  note_ignored(sources, options.notes_);
  return options;
}

Result<Options> Options::with(std::string_view name, const std::string& text) const {
  Options changed = *this;
  for (OptionValue& value : changed.values_) {
    if (value.spec->name() != name) continue;
    const OptionSpec& spec = *value.spec;
    OptionSources sources;
    sources.flags = {{&spec, text}};
    sources.table = {&spec, 1};
    RAPPEL_ASSIGN(const Options one, resolve(sources, spec.commands & ~(kDoctorCommand | kConfigCommand)));
    value = one.values_.front();
  }
  return changed;
}

const OptionValue* Options::find(std::string_view name) const {
  const auto it = std::find_if(values_.begin(), values_.end(),
                               [&](const OptionValue& v) { return v.spec->name() == name; });
  return it == values_.end() ? nullptr : &*it;
}

const OptionValue& Options::value(std::string_view name) const {
  const OptionValue* found = find(name);
  RAPPEL_CHECK(found != nullptr, "an option was asked for that the table does not give to this command");
  return *found;
}

}  // namespace rappel
