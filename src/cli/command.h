// Commands: one table (command_table.cc) of the subcommands, and what each is given to run.
//
// Exit codes of the program: 0 all went well; 1 the command ran, but something in its input or on the way
// failed; 2 it could not start (wrong usage, a bad setting, a missing model).
#pragma once

#include <iosfwd>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "cli/terminal.h"
#include "config/run_context.h"

namespace rappel {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;

// Standard streams of the process, or of a test.
struct Console {
  int in = 0;  // file descriptor
  std::ostream* out = nullptr;
  std::ostream* err = nullptr;
  bool err_is_terminal = false;
  Terminal out_style = {}, err_style = {};

  // "rappel: message (cause)" on standard error; returns `code`.
  int fail(int code, const Status& status) const;
};

struct CommandContext : RunContext {
  std::vector<std::string> arguments;
  Console console;
};

struct Command {
  const char* name;
  unsigned bit;           // CommandBit; the doctor's has serve's too, whose options it takes
  const char* arguments;  // "PATH..."
  std::size_t min_arguments, max_arguments;
  const char* summary;  // one line
  const char* details;  // paragraphs of its --help
  int (*run)(CommandContext& context);
};

std::span<const Command> command_table();
const Command* find_command(std::string_view name);

// One per subcommand, each in its own file.
int run_embed(CommandContext& context);
int run_rerank(CommandContext& context);
int run_serve(CommandContext& context);
int run_ingest(CommandContext& context);
int run_process_json(CommandContext& context);
int run_process_jsonl(CommandContext& context);
int run_process_zip(CommandContext& context);
int run_extract(CommandContext& context);
int run_query(CommandContext& context);
int run_why(CommandContext& context);
int run_list(CommandContext& context);
int run_delete(CommandContext& context);
int run_model(CommandContext& context);
int run_config(CommandContext& context);
int run_options(CommandContext& context);
int run_devices(CommandContext& context);
int run_check(CommandContext& context);
int run_optimize(CommandContext& context);
int run_setup(CommandContext& context);
int run_bench(CommandContext& context);
int run_compare(CommandContext& context);
int run_eval(CommandContext& context);
int run_tune(CommandContext& context);
int run_mcp(CommandContext& context);
int run_doctor(CommandContext& context);
int run_store(CommandContext& context);
int run_collection(CommandContext& context);

}  // namespace rappel
