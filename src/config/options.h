// Options: every setting of the program, declared once as a row of the table: options_general.cc and the
// other files of its groups, joined by options_table.cc. The row drives the parsing of flags, environment
// variables and the `.env` file, the messages about bad values, `--help`, `rappel config` and
// docs/configuration.md.
//
// Precedence: flag, environment, `.env`, default of the platform. Within one level the variables of an option
// count in the order in which its line names them. An empty value of a variable counts as not set, as in the
// system this replaces. Unknown variables are never an error.
//
// The environment comes in as an argument: main.cc is the only reader of the process's own. Everything here
// is a plain value; an OptionSpec lives as long as the program.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

namespace rappel {

using Environment = std::map<std::string, std::string>;

// Which subcommands an option means something to; a set of bits.
enum CommandBit : unsigned {
  kNoCommand = 0,
  kEmbedCommand = 1 << 0,
  kRerankCommand = 1 << 1,
  kServeCommand = 1 << 2,
  kIngestCommand = 1 << 3,
  kQueryCommand = 1 << 4,
  kListCommand = 1 << 5,
  kDeleteCommand = 1 << 6,
  kModelCommand = 1 << 7,
  kConfigCommand = 1 << 8,
  kOptionsCommand = 1 << 9,
  kDevicesCommand = 1 << 10,
  kCheckCommand = 1 << 11,
  kOptimizeCommand = 1 << 12,
  kSetupCommand = 1 << 13,
  kDoctorCommand = 1 << 14,
  kBenchCommand = 1 << 15,
  kCompareCommand = 1 << 16,
  kStoreCommand = 1 << 17,
  kExtractCommand = 1 << 18,
  kProcessCommand = 1 << 19,  // process_json, process_jsonl, process_zip
  kEvalCommand = 1 << 20,
  kTuneCommand = 1 << 21,
  kTokenCommand = 1 << 22,
  kCollectionCommand = 1 << 23,
};

enum class OptionType {
  kText,
  kPath,   // a relative path in a settings file counts from the file's folder
  kModel,  // a folder, read like a path, or the name of a model on the Hub
  kInteger,
  kReal,  // a finite decimal number
  kBoolean,
  kChoice,
  kList,      // separated by commas; white space around the items does not count
  kRepeated,  // a flag that may be given several times
  kMemory,    // "2G", "512M", "50%", "0.5": bytes, or a share; 0 is no limit
};

// Devices differ in what suits them; OptionSources::platform says which holds.
struct PlatformDefaults {
  const char* cpu = "";
  const char* cuda = nullptr;  // null: as cpu
  const char* mps = nullptr;
};

struct RealRange {
  double min = 0, max = 0;
};

struct OptionSpec {
  const char* variable = "";    // name in the environment and in `.env`; "": a flag only
  const char* old_names = "";   // further variables that mean the same, separated by |
  const char* flag = "";        // "--rerank-k"; "": a variable only
  const char* local_flag = "";  // what the flag is called in the commands of `local_in`
  unsigned local_in = kNoCommand;
  OptionType type = OptionType::kText;
  const char* value_name = "TEXT";
  // {data} and {cache} stand for XDG_DATA_HOME and XDG_CACHE_HOME, or their defaults.
  PlatformDefaults fallback;
  long long min = 0, max = 0;  // kInteger
  RealRange range = {};        // kReal
  const char* choices = "";    // kChoice: "auto|float32"
  std::size_t arguments = 1;   // kRepeated: that one flag takes, each of them an item
  const char* synonyms = "";   // "fp32=float32|f32=float32"
  const char* refused = "";    // values of other builds, "cuda|mps" (cuda:0 counts as cuda)
  const char* refusal = "";    // what to say about them
  bool falls_back = false;     // with DEVICE_FALLBACK a refused value becomes the default
  bool secret = false;         // never printed
  unsigned commands = kNoCommand;
  const char* group = "";
  const char* help = "";

  // The name in code and docs: the variable, or the flag if there is none.
  const char* name() const { return *variable ? variable : flag; }
  // The flag's name in a command.
  const char* flag_in(unsigned command) const {
    return *local_flag && (local_in & command) ? local_flag : flag;
  }
};

std::span<const OptionSpec> option_table();
// By OptionSpec::name(); that it is there is checked.
const OptionSpec& find_option(std::string_view name);
// Whether a variable, also an old one, sets the option.
bool names_variable(const OptionSpec& spec, std::string_view variable);
// The default on the platform, "cpu" or another device.
const char* default_of(const OptionSpec& spec, std::string_view platform);

enum class Origin { kDefault, kEnvFile, kEnvironment, kFlag };

struct OptionValue {
  const OptionSpec* spec = nullptr;
  Origin origin = Origin::kDefault;
  std::string where;               // "--port", "PORT in the environment", "PORT in .env line 3", "default"
  std::string text;                // canonical
  std::vector<std::string> items;  // kList, kRepeated
  long long integer = 0;           // kInteger; bytes of kMemory
  double real = 0;                 // kReal; share of kMemory
  bool boolean = false;
  Status problem;  // why the given value is invalid; then the default is in force
  std::string
      fell_back;  // why the value is the default and not what was given, with DEVICE_FALLBACK; empty: it is
};

// One assignment of an env file.
struct EnvEntry {
  std::string value;
  int line = 0;
  std::size_t begin = 0, end = 0;  // of the value as it is written, quotes included: bytes of the file
};

// Where the values come from.
struct OptionSources {
  std::vector<std::pair<const OptionSpec*, std::string>> flags;  // in the order given
  Environment environment;
  std::map<std::string, EnvEntry> env_file;
  std::string env_file_name = ".env";
  std::vector<std::string> devices = {"cpu"};  // that this build has: none of them is refused
  std::string platform = "cpu";                // the device whose defaults hold
  std::span<const OptionSpec> table = option_table();
};

// The values in force for one command.
class Options {
 public:
  // Every bad value is listed in the message, one per line. Options that mean nothing to `command` are left
  // out. For kDoctorCommand and kConfigCommand a bad value is no error: the default takes its place, and
  // problems() says what was wrong.
  static Result<Options> resolve(const OptionSources& sources, unsigned command);

  // `name` is OptionSpec::name(). Asking for an option that the command does not have is a mistake of ours:
  // checked.
  const std::string& text(std::string_view name) const { return value(name).text; }
  long long integer(std::string_view name) const { return value(name).integer; }
  double real(std::string_view name) const { return value(name).real; }
  bool boolean(std::string_view name) const { return value(name).boolean; }
  const std::vector<std::string>& items(std::string_view name) const { return value(name).items; }
  bool given(std::string_view name) const { return value(name).origin != Origin::kDefault; }
  const OptionValue& value(std::string_view name) const;
  // The same with another value for one option, as if its flag had been given. kInvalidArgument as resolve().
  Result<Options> with(std::string_view name, const std::string& text) const;
  const OptionValue* find(std::string_view name) const;  // null: the command does not have the option

  const std::vector<OptionValue>& all() const { return values_; }
  // One line per setting that was given and does nothing here, and per fall-back taken; to be reported once.
  const std::vector<std::string>& notes() const { return notes_; }
  const std::vector<Status>& problems() const { return problems_; }

 private:
  std::vector<OptionValue> values_;
  std::vector<std::string> notes_;
  std::vector<Status> problems_;
};

// "a|b|c" as its parts; nothing for "".
std::vector<std::string_view> split_bar(std::string_view text);

}  // namespace rappel
