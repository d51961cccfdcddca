// The steps of `rappel check`, in one table. The command, its help and its messages take names, words and
// number from it; a new step is a function and a line in check_steps.cc.
#pragma once

#include <memory>
#include <span>
#include <stop_token>
#include <string>

#include "base/status.h"
#include "cli/command.h"
#include "embed/local/local_embedder.h"
#include "wiring/runtime.h"

namespace rappel {

// State that the steps share. A later step may use results of an earlier one.
struct CheckState {
  CheckState(const CommandContext& command, std::stop_token stop);

  const RunContext& context;
  const Options& options;
  HubSettings hub;
  Runtime runtime;
  std::stop_token cancel;
  std::unique_ptr<LocalEmbedder> embedder;  // null until the step "embedding" has loaded it
  std::string running;                      // address of a rappel that the step "server" found; empty: none
};

struct CheckStep {
  const char* name;   // "model files"
  const char* about;  // for the help: "embedding (dimension, length, known similarities)"
  // Returns a sentence about the result. An error names the cause and the remedy.
  Result<std::string> (*run)(CheckState& state);
};

// In the order in which they run.
std::span<const CheckStep> check_steps();

// The number of steps and what each looks at, for the help.
std::string check_steps_about();

}  // namespace rappel
