#include "cli/help.h"

#include <fmt/format.h>

#include <algorithm>

namespace rappel {
namespace {

// The groups of the table, in its order.
std::vector<std::string_view> groups() {
  std::vector<std::string_view> names;
  for (const OptionSpec& spec : option_table())
    if (std::find(names.begin(), names.end(), spec.group) == names.end()) names.emplace_back(spec.group);
  return names;
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
  std::string out;
  std::size_t column = indent;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (column > indent && column + word.size() + 1 > width) {
      out += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string shown_default(const char* raw) {
  std::string text = raw;
  const auto replace = [&](std::string_view from, std::string_view to) {
    if (const std::size_t at = text.find(from); at != std::string::npos) text.replace(at, from.size(), to);
  };
  replace("{data}", "~/.local/share");
  replace("{cache}", "~/.cache");
  return text;
}

std::string default_per_platform(const OptionSpec& spec) {
  const std::string cpu = shown_default(spec.fallback.cpu);
  if (spec.fallback.cuda == nullptr) return cpu.empty() ? "" : "`" + cpu + "`";
  return fmt::format("`{}` (cuda `{}`, mps `{}`)", cpu, spec.fallback.cuda, spec.fallback.mps);
}

std::string allowed(const OptionSpec& spec) {
  switch (spec.type) {
    case OptionType::kInteger: return fmt::format("{}..{}", spec.min, spec.max);
    case OptionType::kBoolean: return "true, false";
    case OptionType::kChoice: {
      std::string out;
      for (const std::string_view choice : split_bar(spec.choices))
        out += (out.empty() ? "" : ", ") + std::string(choice);
      return out;
    }
    case OptionType::kList: return "list";
    case OptionType::kPath: return "path";
    case OptionType::kMemory: return "bytes or a share";
    case OptionType::kText:
    case OptionType::kRepeated: return "text";
  }
  return "";
}

std::string commands_of(const OptionSpec& spec) {
  std::string out;
  for (const Command& command : command_table())
    if ((spec.commands & command.bit) && command.bit != kConfigCommand)
      out += (out.empty() ? "" : ", ") + std::string(command.name);
  return out;
}

std::string option_help(const OptionSpec& spec, unsigned command) {
  std::string head = *spec.flag ? spec.flag_in(command) : "";
  if (spec.type != OptionType::kBoolean && *spec.flag) head += std::string(" ") + spec.value_name;
  if (spec.type == OptionType::kBoolean && std::string_view(spec.fallback.cpu) == "true")
    head.insert(2, "[no-]");
  if (head.empty()) head = std::string(spec.variable) + "=...";
  std::string tail = spec.help;
  if (spec.type == OptionType::kChoice) tail += " One of " + allowed(spec) + ".";
  std::string facts;
  if (*spec.fallback.cpu && spec.type != OptionType::kBoolean)
    facts = "default " + shown_default(spec.fallback.cpu);
  if (*spec.variable && *spec.flag) facts += (facts.empty() ? "" : "; ") + std::string(spec.variable);
  if (!facts.empty()) tail += " [" + facts + "]";
  constexpr std::size_t kIndent = 30;
  std::string out = "  " + head;
  out += out.size() + 2 > kIndent ? "\n" + std::string(kIndent, ' ') : std::string(kIndent - out.size(), ' ');
  return out + wrapped(tail, kIndent, 110) + "\n";
}

// The commands that take an option; when most do, the ones that do not. `config` and `options` take none of
// them.
std::string commands_cell(const OptionSpec& spec) {
  constexpr std::size_t kMostExceptions = 4;
  std::string exceptions;
  std::size_t count = 0;
  for (const Command& command : command_table()) {
    if ((spec.commands & command.bit) || command.bit == kConfigCommand || command.bit == kOptionsCommand)
      continue;
    exceptions += fmt::format("{}{}", count++ == 0 ? "" : ", ", command.name);
  }
  if (count == 0) return "all";
  return count <= kMostExceptions ? "all except " + exceptions : commands_of(spec);
}

std::string markdown_row(const OptionSpec& spec) {
  std::string names = *spec.variable ? fmt::format("`{}`", spec.variable) : "";
  for (const std::string_view old : split_bar(spec.old_names)) names += fmt::format(", `{}`", old);
  std::string flags = *spec.flag ? fmt::format("`{}`", spec.flag) : "";
  if (*spec.local_flag) {
    OptionSpec local = spec;
    local.commands = spec.local_in;
    flags += fmt::format(", in {} also `{}`", commands_of(local), spec.local_flag);
  }
  return fmt::format("| {} | {} | {} | {} | {} | {} |\n", names, flags, default_per_platform(spec),
                     allowed(spec), commands_cell(spec), spec.help);
}

}  // namespace

std::string program_help() {
  std::string out = "rappel: documents in, ranked answers out\n\nusage: rappel COMMAND [OPTIONS]\n\n";
  for (const Command& command : command_table())
    out += fmt::format("  {:<10}{}\n", command.name, command.summary);
  out +=
      "  help      Explain a command\n  version   Print version, commit, compiler and devices (also "
      "--version)\n\n";
  out +=
      "`rappel COMMAND --help` lists the options of a command. Settings come from flags, from the "
      "environment, from\n";
  out += "the file .env, and from defaults, in this order.\n";
  return out;
}

std::string command_help(const Command& command) {
  std::string out = fmt::format("usage: rappel {}{}{} [OPTIONS]\n\n{}.\n", command.name,
                                *command.arguments ? " " : "", command.arguments, command.summary);
  if (*command.details) out += fmt::format("\n{}\n", command.details);
  for (const std::string_view group : groups()) {
    std::string lines;
    for (const OptionSpec& spec : option_table())
      if (spec.group == group && (spec.commands & command.bit)) lines += option_help(spec, command.bit);
    if (!lines.empty()) out += fmt::format("\n{}:\n{}", group, lines);
  }
  return out;
}

std::string options_text() {
  std::string out;
  for (const std::string_view group : groups()) {
    out += fmt::format("{}{}:\n", out.empty() ? "" : "\n", group);
    for (const OptionSpec& spec : option_table())
      if (spec.group == group) out += option_help(spec, kNoCommand);
  }
  return out;
}

std::string options_markdown() {
  std::string out =
      "# Settings\n\n"
      "`rappel options --markdown` generates this page from `src/config/options_table.cc`. A test fails if "
      "it "
      "is out of\ndate.\n\n"
      "Flags override environment variables, which override the file `.env` in the working directory (or the "
      "file given to\n`--env-file`), which overrides the defaults of the platform. An empty variable counts "
      "as "
      "unset. Unknown variables are\nnever an error. `rappel config` prints each value and its origin, but "
      "hides "
      "tokens. `--no-name` disables the boolean\nflag `--name`.\n\n"
      "rappel reads `.env` like python-dotenv: comments, `export`, quotes, `${NAME}` and `${NAME:-other}`.\n";
  for (const std::string_view group : groups()) {
    out += fmt::format(
        "\n## {}\n\n| Variable | Flag | Default | Values | Commands | Meaning |\n|---|---|---|---|---|---|\n",
        group);
    for (const OptionSpec& spec : option_table())
      if (spec.group == group) out += markdown_row(spec);
  }
  out +=
      "\n## Variables that are accepted and ignored\n\n"
      "An old `.env` may contain them. `rappel serve` and `rappel config` report once which ones have no "
      "effect.\n\n"
      "| Variable | Why |\n|---|---|\n";
  for (const IgnoredVariable& variable : ignored_variables())
    out += fmt::format("| `{}` | {} |\n", variable.name, variable.reason);
  return out;
}

}  // namespace rappel
