#include "cli/args.h"

#include <algorithm>
#include <numeric>
#include <optional>

namespace rappel {
namespace {

const OptionSpec* find_flag(std::string_view flag, unsigned command) {
  for (const OptionSpec& spec : option_table())
    if ((spec.commands & command) && *spec.flag && (flag == spec.flag || flag == spec.flag_in(command)))
      return &spec;
  return nullptr;
}

// Number of edits (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j + 1] + 1, row[j] + 1, changed});
    }
  }
  return row.back();
}

// The boolean option that `--no-flag` switches off; null if there is none.
const OptionSpec* negated_flag(const std::string& flag, unsigned command) {
  if (!flag.starts_with("--no-")) return nullptr;
  const OptionSpec* const spec = find_flag("--" + flag.substr(5), command);
  return spec != nullptr && spec->type == OptionType::kBoolean ? spec : nullptr;
}

// The option that `--flag`, `--flag=value` or `--no-flag` names.
struct Flag {
  const OptionSpec* spec = nullptr;
  std::optional<std::string> value;  // unset: the next argument is the value
};

Flag read_flag(const std::string& arg, unsigned command) {
  const std::size_t equals = arg.find('=');
  Flag flag{find_flag(arg.substr(0, equals), command), std::nullopt};
  if (flag.spec != nullptr) {
    if (equals != std::string::npos)
      flag.value = arg.substr(equals + 1);
    else if (flag.spec->type == OptionType::kBoolean)
      flag.value = "true";
  } else {
    flag.spec = negated_flag(arg, command);
    flag.value = "false";
  }
  return flag;
}

Status unknown_flag(const std::string& flag, unsigned command) {
  if (negated_flag(flag, command) != nullptr)
    return Status(Code::kInvalidArgument, flag + " takes no value; write " + flag + " alone");
  std::vector<std::string> known;
  for (const OptionSpec& spec : option_table())
    if ((spec.commands & command) && *spec.flag) known.emplace_back(spec.flag_in(command));
  const std::string nearest = nearest_word(flag, known);
  return Status(Code::kInvalidArgument,
                "unknown option " + flag +
                    (nearest.empty() ? "; --help lists them" : "; did you mean " + nearest + "?"));
}

Status missing_value(const std::string& flag, const OptionSpec& spec) {
  return Status(Code::kInvalidArgument,
                flag + (spec.arguments == 1 ? " needs a value: " : " needs more values: ") + flag + " " +
                    spec.value_name);
}

}  // namespace

std::string nearest_word(std::string_view word, std::span<const std::string> candidates) {
  std::string best;
  std::size_t best_distance = word.size() / 3 + 2;
  for (const std::string& candidate : candidates) {
    const std::size_t d = distance(word, candidate);
    if (d < best_distance) best_distance = d, best = candidate;
  }
  return best;
}

Result<ParsedArgs> parse_args(std::span<const std::string> args, unsigned command) {
  ParsedArgs parsed;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const std::string& arg = args[i];
    if (arg == "--") {
      parsed.arguments.insert(parsed.arguments.end(), args.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                              args.end());
      break;
    }
    if (arg == "-h" || arg == "--help") {
      parsed.help = true;
    } else if (arg.size() < 2 || arg[0] != '-') {
      parsed.arguments.push_back(arg);
    } else {
      Flag flag = read_flag(arg, command);
      if (flag.spec == nullptr) return unknown_flag(arg.substr(0, arg.find('=')), command);
      const std::size_t more = flag.spec->arguments - (flag.value ? 1 : 0);
      if (args.size() - i <= more) return missing_value(arg.substr(0, arg.find('=')), *flag.spec);
      if (flag.value) parsed.flags.emplace_back(flag.spec, *flag.value);
      for (std::size_t taken = 0; taken < more; ++taken) parsed.flags.emplace_back(flag.spec, args[++i]);
    }
  }
  return parsed;
}

}  // namespace rappel
