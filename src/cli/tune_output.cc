#include "cli/tune_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ostream>

#include "base/units.h"
#include "codec/json.h"
#include "eval/metrics.h"

namespace rappel {
namespace {

std::string percent(double share) { return fmt::format("{}", std::lround(100 * share)); }

// Models without a sparse head have nothing to share.
bool tries_sparse(const TuningStep& step) {
  return std::any_of(step.choices.begin(), step.choices.end(), [&](const RetrievalChoice& choice) {
    return choice.weights.sparse != step.in_force().weights.sparse;
  });
}

// All settings of a choice.
std::vector<Setting> settings_of(const TuningStep& step, const RetrievalChoice& choice) {
  if (step.name == "weights") {
    std::vector<Setting> settings{{"RETRIEVAL_DENSE_WEIGHT", percent(choice.weights.dense)}};
    if (tries_sparse(step)) settings.push_back({"RETRIEVAL_SPARSE_SHARE", percent(choice.weights.sparse)});
    return settings;
  }
  if (choice.rerank == 0) return {{"RERANK_ENABLE", "false"}};
  return {{"RERANK_K", std::to_string(choice.rerank)}};
}

// Those of `choice` that `other` does not have.
std::vector<Setting> difference(const TuningStep& step, const RetrievalChoice& choice,
                                const RetrievalChoice& other) {
  std::vector<Setting> found = settings_of(step, choice);
  const std::vector<Setting> known = settings_of(step, other);
  std::erase_if(found, [&](const Setting& setting) {
    return std::any_of(known.begin(), known.end(), [&](const Setting& one) {
      return one.key == setting.key && one.value == setting.value;
    });
  });
  return found;
}

std::string words_of(const std::vector<Setting>& settings) {
  std::string words;
  for (const Setting& setting : settings)
    words += fmt::format("{}{}={}", words.empty() ? "" : " ", setting.key, setting.value);
  return words;
}

std::vector<const TuningStep*> steps_of(const RetrievalTuning& tuning) {
  std::vector<const TuningStep*> steps;
  for (const auto* step : {&tuning.weights, &tuning.reranking})
    if (*step) steps.push_back(&**step);
  return steps;
}

void print_step(const TuningStep& step, std::ostream& out) {
  const CrossValidation& found = step.found;
  out << fmt::format("{}\n  in force:         {:.4f}  {}\n", step.name, found.means[found.baseline],
                     words_of(settings_of(step, step.in_force())));
  if (found.best == found.baseline) {
    out << fmt::format("  the best of {}\n", step.choices.size());
    return;
  }
  out << fmt::format("  best of {:<3}       {:.4f}  {}\n", step.choices.size(), found.means[found.best],
                     words_of(difference(step, step.best(), step.in_force())));
  out << fmt::format("  held out:         {:.4f}  {:+.4f}, p {:.4f}, questions won {}, tied {}, lost {}\n",
                     found.held_out, found.gain.difference, found.gain.p, found.gain.won, found.gain.tied,
                     found.gain.lost);
}

// "defaults", or "settings in force" if the user has set one of them.
const char* kept_words(const Options& options) {
  for (const char* key : {"RETRIEVAL_DENSE_WEIGHT", "RETRIEVAL_SPARSE_SHARE", "RERANK_K"})
    if (options.given(key)) return "settings in force";
  return "defaults";
}

Json settings_json(const std::vector<Setting>& settings) {
  Json out = Json::object();
  for (const Setting& setting : settings) out[setting.key] = setting.value;
  return out;
}

Json step_json(const TuningStep& step) {
  const CrossValidation& found = step.found;
  return {{"name", step.name},
          {"choices", step.choices.size()},
          {"in_force",
           {{"settings", settings_json(settings_of(step, step.in_force()))},
            {"value", found.means[found.baseline]}}},
          {"best",
           {{"settings", settings_json(settings_of(step, step.best()))}, {"value", found.means[found.best]}}},
          {"held_out",
           {{"value", found.held_out},
            {"difference", found.gain.difference},
            {"p", found.gain.p},
            {"won", found.gain.won},
            {"tied", found.gain.tied},
            {"lost", found.gain.lost}}},
          {"change", found.is_better()}};
}

Json tuning_json(const TuneOutput& output) {
  Json steps = Json::array();
  for (const TuningStep* step : steps_of(output.tuning)) steps.push_back(step_json(*step));
  Json out = {{"name", output.set},          {"queries", output.queries},
              {"metric", metrics()[0].name}, {"folds", CrossValidationOptions().folds},
              {"steps", std::move(steps)},   {"settings", settings_json(tuned_settings(output.tuning))}};
  if (!output.notes.empty()) out["notes"] = output.notes;
  return out;
}

}  // namespace

std::vector<Setting> tuned_settings(const RetrievalTuning& tuning) {
  std::vector<Setting> settings;
  for (const TuningStep* step : steps_of(tuning))
    for (Setting& setting : difference(*step, step->result(), step->in_force()))
      settings.push_back(std::move(setting));
  return settings;
}

void print_tuning(const TuneOutput& output, const CommandContext& context) {
  std::ostream& out = *context.console.out;
  if (context.options.boolean("--json")) {
    out << dump_json(tuning_json(output)) << "\n" << std::flush;
    return;
  }
  out << fmt::format("{}: {}, {} ({} stored by this run); {}, {} folds\n\n", output.set,
                     count_text(output.queries, "judged query", "judged queries"),
                     count_text(output.documents, "document"), output.stored, metrics()[0].name,
                     CrossValidationOptions().folds);
  for (const TuningStep* step : steps_of(output.tuning)) print_step(*step, out);
  const Terminal& style = context.console.out_style;
  for (const std::string& note : output.notes) out << style.fitted(note, 0) << "\n";
  const std::vector<Setting> settings = tuned_settings(output.tuning);
  if (settings.empty())
    out << "\nKeep the " << kept_words(context.options)
        << ": held-out questions show no gain that chance does not explain.\n";
  else
    out << "\n" << words_of(settings) << "\n";
  out << std::flush;
}

}  // namespace rappel
