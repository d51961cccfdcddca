#include "cli/help.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/check_steps.h"
#include "config/other_variables.h"

namespace rappel {
namespace {

constexpr std::size_t kNarrow = 70;  // columns of a terminal without room for two columns of text

// The groups of the table, in its order.
std::vector<std::string_view> groups(std::span<const OptionSpec> table = option_table()) {
  std::vector<std::string_view> names;
  for (const OptionSpec& spec : table)
    if (std::find(names.begin(), names.end(), spec.group) == names.end()) names.emplace_back(spec.group);
  return names;
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
    case OptionType::kReal: return fmt::format("{}..{}", spec.range.min, spec.range.max);
    case OptionType::kBoolean: return "true, false";
    case OptionType::kChoice: {
      std::string out;
      for (const std::string_view choice : split_bar(spec.choices))
        out += (out.empty() ? "" : ", ") + std::string(choice);
      return out;
    }
    case OptionType::kList: return "list";
    case OptionType::kPath: return "path";
    case OptionType::kModel: return "folder or name";
    case OptionType::kMemory: return "bytes or a share";
    case OptionType::kText:
    case OptionType::kRepeated: return "text";
  }
  return "";
}

// It takes those of serve, as the head of the page says.
bool is_mcp(const Command& command) { return std::string_view(command.name) == "mcp"; }

std::string commands_of(const OptionSpec& spec) {
  std::string out;
  for (const Command& command : command_table())
    if ((spec.commands & command.bit) && command.bit != kConfigCommand && !is_mcp(command))
      out += (out.empty() ? "" : ", ") + std::string(command.name);
  return out;
}

std::string option_help(const OptionSpec& spec, unsigned command, std::size_t width) {
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
  const std::size_t indent = width < kNarrow ? 8 : 30;
  std::string out = "  " + head;
  out += out.size() + 2 > indent ? "\n" + std::string(indent, ' ') : std::string(indent - out.size(), ' ');
  return out + wrapped(tail, indent, width) + "\n";
}

// The commands that take an option; when most do, the ones that do not. `config` and `options` take none of
// them.
std::string commands_cell(const OptionSpec& spec) {
  constexpr std::size_t kMostExceptions = 4;
  std::string exceptions;
  std::size_t count = 0;
  for (const Command& command : command_table()) {
    if ((spec.commands & command.bit) || command.bit == kConfigCommand || command.bit == kOptionsCommand ||
        is_mcp(command))
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

// The steps of `check` come from their own table.
std::string details_of(const Command& command) {
  constexpr std::string_view kSteps = "{check steps}";
  std::string text = command.details;
  const std::size_t at = text.find(kSteps);
  if (at != std::string::npos) text.replace(at, kSteps.size(), check_steps_about());
  return text;
}

}  // namespace

std::string program_help(const Terminal& terminal) {
  constexpr std::size_t kSummary = 17;
  std::string out = terminal.heading("rappel: documents in, ranked answers out") +
                    "\n\nusage: rappel COMMAND [OPTIONS]\n\n";
  const auto line = [&](std::string_view name, std::string_view summary) {
    out += fmt::format("  {:<15}{}\n", name, wrapped(summary, kSummary, terminal.width));
  };
  for (const Command& command : command_table()) line(command.name, command.summary);
  line("help", "Explain a command");
  line("version", "Print version, commit, compiler and devices (also --version)");
  return out + "\n" +
         wrapped(
             "`rappel COMMAND --help` lists the options of a command. Settings come from flags, from the "
             "environment, from the file .env, and from defaults, in this order.",
             0, terminal.width) +
         "\n";
}

std::string command_help(const Command& command, const Terminal& terminal) {
  std::string out =
      terminal.heading("usage:") + fmt::format(" rappel {}{}{} [OPTIONS]\n\n", command.name,
                                               *command.arguments ? " " : "", command.arguments);
  out += wrapped(fmt::format("{}.", command.summary), 0, terminal.width) + "\n";
  if (*command.details) out += "\n" + wrapped(details_of(command), 0, terminal.width) + "\n";
  for (const std::string_view group : groups()) {
    std::string lines;
    for (const OptionSpec& spec : option_table())
      if (spec.group == group && (spec.commands & command.bit))
        lines += option_help(spec, command.bit, terminal.width);
    if (!lines.empty()) out += "\n" + terminal.heading(fmt::format("{}:", group)) + "\n" + lines;
  }
  return out;
}

std::string options_text(const Terminal& terminal) {
  std::string out;
  for (const std::string_view group : groups()) {
    out += (out.empty() ? "" : "\n") + terminal.heading(fmt::format("{}:", group)) + "\n";
    for (const OptionSpec& spec : option_table())
      if (spec.group == group) out += option_help(spec, kNoCommand, terminal.width);
  }
  return out;
}

std::string options_markdown(std::span<const OptionSpec> table) {
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
      "tokens. `--no-name` disables the boolean\nflag `--name`. `rappel mcp` takes the settings of "
      "`serve`.\n\n"
      "A relative path in a settings file counts from the folder of that file; in a flag or in the "
      "environment, "
      "from\nthe working directory.\n\n"
      "rappel reads `.env` like python-dotenv: comments, `export`, quotes, `${NAME}` and `${NAME:-other}`. "
      "All references of a file\ntogether may put in 1 MiB; a file that exceeds this is refused.\n";
  for (const std::string_view group : groups(table)) {
    out += fmt::format(
        "\n## {}\n\n| Variable | Flag | Default | Values | Commands | Meaning |\n|---|---|---|---|---|---|\n",
        group);
    for (const OptionSpec& spec : table)
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
