// rappel check: say step by step, within half a minute, whether this installation works.
//
// Every step runs, also after a failed one; a step that needs the result of a failed one fails too. Nothing
// of the user's data is written: the store is one in a temporary folder.
#include <fmt/format.h>

#include <chrono>
#include <ostream>

#include "cli/check_steps.h"
#include "cli/stop_signal.h"
#include "codec/json.h"
#include "config/settings_file.h"
#include "config/version.h"

namespace rappel {
namespace {

struct Outcome {
  std::string name, words;
  std::string_view id;  // of the failure, where it has one
  bool ok;
  double seconds;
};

class Check {
 public:
  explicit Check(CommandContext& context) : context_(context), state_(context, stop_.token()) {}

  bool run() {
    if (!json())
      *context_.console.out << "settings file: " << settings_file_words(context_.settings_file) << std::endl;
    for (const CheckStep& step : check_steps()) {
      if (!run(step)) break;
      if (!json()) print(outcomes_.back());
    }
    return json() ? print_json() : print_result();
  }

 private:
  static constexpr std::size_t kWordsColumn = 24;

  bool json() const { return context_.options.boolean("--json"); }
  bool stopped() const { return outcomes_.size() < check_steps().size(); }

  // False when a signal stopped it.
  bool run(const CheckStep& step) {
    if (stop_.raised()) return false;
    const auto start = std::chrono::steady_clock::now();
    const auto found = step.run(state_);
    if (!found.ok() && stop_.raised()) return false;  // cut short
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    outcomes_.push_back({step.name, found.ok() ? *found : found.status().to_string(), found.status().id(),
                         found.ok(), took.count()});
    return true;
  }

  void print(const Outcome& outcome) {
    const Terminal& style = context_.console.out_style;
    const std::string state =
        outcome.ok ? style.paint(Paint::kGood, "ok    ") : style.paint(Paint::kBad, "FAILED");
    const std::string words =
        style.fitted(fmt::format("{} ({:.1f} s)", outcome.words, outcome.seconds), kWordsColumn);
    *context_.console.out << fmt::format("{}/{} {:<12} {} {}", outcomes_.size(), check_steps().size(),
                                         outcome.name, state, words)
                          << std::endl;
  }

  std::size_t failures() const {
    std::size_t count = 0;
    for (const Outcome& outcome : outcomes_) count += outcome.ok ? 0 : 1;
    return count;
  }
  double seconds() const {
    double sum = 0;
    for (const Outcome& outcome : outcomes_) sum += outcome.seconds;
    return sum;
  }
  bool passed() const { return failures() == 0 && !stopped(); }

  bool print_json() {
    Json list = Json::array();
    for (const Outcome& outcome : outcomes_) {
      Json entry{
          {"name", outcome.name}, {"ok", outcome.ok}, {"found", outcome.words}, {"seconds", outcome.seconds}};
      if (!outcome.id.empty()) entry["id"] = std::string(outcome.id);
      list.push_back(std::move(entry));
    }
    *context_.console.out << dump_json(Json{{"ok", passed()},
                                            {"version", std::string(kVersion)},
                                            {"settings_file", context_.settings_file},
                                            {"seconds", seconds()},
                                            {"checks", std::move(list)},
                                            {"stopped", stopped()}})
                          << "\n";
    return passed();
  }

  bool print_result() {
    const std::size_t all = check_steps().size(), bad = failures();
    std::ostream& out = *context_.console.out;
    if (stopped())
      out << fmt::format("stopped: {} of {} checks were made, {} of them failed\n", outcomes_.size(), all,
                         bad == 0 ? "none" : std::to_string(bad));
    else if (bad == 0)
      out << fmt::format("pass: all {} checks in {:.1f} s; {}\n", all, seconds(), next_step());
    else
      out << fmt::format("fail: {} of {} checks; each FAILED line says what to do\n", bad, all);
    return passed();
  }

  std::string next_step() const {
    std::string words;
    for (const Status& problem : context_.setting_problems)
      words += (words.empty() ? "" : "; and ") + problem.message();
    if (!words.empty()) return "before `rappel serve`: " + words;
    return state_.running.empty() ? "`rappel serve` starts the server"
                                  : "the server already runs at " + state_.running;
  }

  CommandContext& context_;
  StopRequest stop_;  // before the state, which has its token
  CheckState state_;
  std::vector<Outcome> outcomes_;
};

}  // namespace

int run_check(CommandContext& context) { return Check(context).run() ? kExitOk : kExitFailed; }

}  // namespace rappel
