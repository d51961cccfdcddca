#include "cli/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "base/escape_controls.h"
#include "cli/args.h"
#include "cli/help.h"
#include "config/settings_file.h"
#include "config/settings_report.h"
#include "config/version.h"
#include "wiring/runtime.h"

namespace rappel {
namespace {

int print_version(const Console& console) {
  std::string devices;
  for (const std::string& device : built_devices()) devices += (devices.empty() ? "" : ", ") + device;
  *console.out << fmt::format("rappel {} (commit {}, {}, {} build)\ndevices: {}\n", kVersion, kCommit,
                              kCompiler, kBuildType, devices);
  return kExitOk;
}

int unknown_command(const std::string& word, const Console& console) {
  if (word.starts_with('-'))
    return console.fail(kExitUsage,
                        Status(Code::kInvalidArgument,
                               fmt::format("{} stands before the command: write rappel COMMAND {} ..; "
                                           "`rappel help` lists the commands",
                                           word, word)));
  std::vector<std::string> names{"help", "version"};
  for (const Command& command : command_table()) names.emplace_back(command.name);
  const std::string nearest = nearest_word(word, names);
  *console.err << "rappel: unknown command '" << escape_controls(word) << "'"
               << (nearest.empty() ? std::string("; `rappel help` lists them")
                                   : "; did you mean `rappel " + nearest + "`?")
               << "\n";
  return kExitUsage;
}

Status check_arguments(const Command& command, const std::vector<std::string>& arguments) {
  const std::size_t count = arguments.size(), most = command.max_arguments;
  if (count >= command.min_arguments && count <= most) return {};
  const std::string problem =
      count < command.min_arguments ? fmt::format("{} is missing", command.arguments)
      : most == 0                   ? fmt::format("'{}' is too much: it takes options only", arguments[0])
                  : fmt::format("'{}' is too much: it takes {}, and text with spaces needs quotes",
                                arguments[most], command.arguments);
  return Status(Code::kInvalidArgument,
                fmt::format("{}: {}; usage: rappel {}{}{} [OPTIONS]", command.name, problem, command.name,
                            *command.arguments ? " " : "", command.arguments));
}

int print_help(const std::vector<std::string>& args, const Console& console) {
  if (args.size() < 2) {
    *console.out << program_help(console.out_style);
    return kExitOk;
  }
  const Command* command = find_command(args[1]);
  if (command == nullptr) return unknown_command(args[1], console);
  *console.out << command_help(*command, console.out_style);
  return kExitOk;
}

// A service sets LOG_LEVEL=INFO for serve; the tools would drown their output in it.
LogLevel log_level(const Options& options, unsigned command) {
  const OptionValue& value = options.value("LOG_LEVEL");
  const bool serves = command == kServeCommand;
  const auto level = parse_log_level(value.text);  // not "auto"
  if (!level.ok()) return serves ? LogLevel::kInfo : LogLevel::kWarn;
  return serves || value.origin == Origin::kFlag ? *level : std::max(*level, LogLevel::kWarn);
}

std::unique_ptr<Logger> make_logger(const Options& options, unsigned command) {
  if (command == kOptionsCommand) return Logger::to_stderr(LogLevel::kWarn);
  return Logger::to_stderr(log_level(options, command),
                           options.text("LOG_FORMAT") == "json" ? LogFormat::kJson : LogFormat::kText);
}

std::function<Result<Options>()> reader(const OptionSources& sources, unsigned command) {
  OptionSources again = sources;
  again.env_file.clear();
  again.env_file_name = OptionSources().env_file_name;
  return [again, command]() -> Result<Options> {
    OptionSources now = again;
    std::vector<Status> problems;
    RAPPEL_TRY(read_settings_file(now, problems).status());
    return Options::resolve(now, command);
  };
}

int run_command(const Command& command, const std::vector<std::string>& args, const Environment& environment,
                const Console& console) {
  const auto parsed = parse_args(std::span(args).subspan(1), command.bit);
  if (!parsed.ok()) return console.fail(kExitUsage, parsed.status().with_context(command.name));
  if (parsed->help) {
    *console.out << command_help(command, console.out_style);
    return kExitOk;
  }
  if (const Status status = check_arguments(command, parsed->arguments); !status.ok())
    return console.fail(kExitUsage, status);
  OptionSources sources{parsed->flags, environment, {}, ".env", built_devices(), best_device()};
  std::vector<Status> problems;
  const auto settings_file = read_settings_file(sources, problems);
  if (!settings_file.ok()) {
    if (!(command.bit & kDoctorCommand)) return console.fail(kExitUsage, settings_file.status());
    problems.push_back(settings_file.status());
  }
  auto options = Options::resolve(sources, command.bit);
  if (!options.ok()) return console.fail(kExitUsage, options.status());

  // `rappel options` works without any setting and has no log level.
  const auto logger = make_logger(*options, command.bit);
  if (command.bit & kDoctorCommand)
    problems.insert(problems.end(), options->problems().begin(), options->problems().end());
  else
    for (const Status& problem : problems) logger->warn("{}; the line is ignored", problem.to_string());
  // check says before serve does what serve would refuse, also of options that check does not have.
  if (command.bit & kCheckCommand) problems = reasons_against_serving(sources);
  if (command.bit != kConfigCommand)
    for (const std::string& note : options->notes()) logger->info("{}", note);
  CommandContext context{{.options = std::move(options).value(),
                          .variables = merged_variables(sources),
                          .environment = environment,
                          .logger = logger.get(),
                          .settings_file = settings_file.ok() ? *settings_file : "",
                          .settings_entries = std::move(sources.env_file),
                          .setting_problems = std::move(problems),
                          .reread = reader(sources, command.bit)},
                         parsed->arguments,
                         console};
  logger->info("settings file: {}", settings_file_words(context.settings_file));
  return command.run(context);
}

}  // namespace

int Console::fail(int code, const Status& status) const {
  *err << err_style.paint(Paint::kBad, "rappel:") << " "
       << err_style.fitted(escape_controls(status.to_string(), "\n"), 8) << "\n";
  return code;
}

int run_program(const std::vector<std::string>& args, const Environment& environment,
                const Console& console) {
  if (args.empty()) {
    *console.err << program_help(console.err_style);
    return kExitUsage;
  }
  const std::string& word = args[0];
  if (word == "help" || word == "--help" || word == "-h") return print_help(args, console);
  if (word == "version" || word == "--version" || word == "-V") return print_version(console);
  const Command* command = find_command(word);
  return command == nullptr ? unknown_command(word, console)
                            : run_command(*command, args, environment, console);
}

}  // namespace rappel
