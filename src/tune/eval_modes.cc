#include "tune/eval_modes.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "config/settings.h"

namespace rappel {
namespace {

// Settings that a mode can be tried with; all of them are the reranker's. Others change the models or the
// stored chunks, which takes another run.
constexpr std::string_view kChangeable[] = {"RERANK_K", "RERANK_MODE"};

constexpr const char* kStoredBy[] = {"EMBEDDING_MODEL", "EMBEDDING_PRECISION", "CHUNK_SIZE", "CHUNK_OVERLAP"};
constexpr const char* kRerankedBy[] = {"RERANK_MODEL", "RERANK_PRECISION", "RERANK_MODE", "RERANK_K"};

template <class Names>
std::string joined(const Names& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

std::vector<std::string_view> mode_names() {
  std::vector<std::string_view> names;
  for (const EvalMode& mode : eval_modes()) names.push_back(mode.name);
  return names;
}

Result<std::vector<const EvalMode*>> chosen_modes(const Options& options,
                                                  const std::vector<std::string>& names) {
  const bool reranks = options.boolean("RERANK_ENABLE");
  std::vector<const EvalMode*> chosen;
  for (const EvalMode& mode : eval_modes())
    if (names.empty() && (reranks || !mode.rerank)) chosen.push_back(&mode);
  for (const std::string& name : names) {
    const auto modes = eval_modes();
    const auto mode =
        std::find_if(modes.begin(), modes.end(), [&](const EvalMode& one) { return one.name == name; });
    if (mode == modes.end())
      return Status(Code::kInvalidArgument,
                    fmt::format("there is no mode '{}'; the modes are {}", name, joined(mode_names())));
    if (mode->rerank && !reranks)
      return Status(Code::kInvalidArgument,
                    fmt::format("mode {} needs a reranker, and RERANK_ENABLE is false", name));
    if (std::find(chosen.begin(), chosen.end(), &*mode) == chosen.end()) chosen.push_back(&*mode);
  }
  return chosen;
}

struct Change {
  std::string key;
  std::vector<std::string> values;
};

Result<Change> parse_change(const std::string& text) {
  const std::size_t equals = std::min(text.find('='), text.size());
  Change change{text.substr(0, equals), {}};
  if (std::find(std::begin(kChangeable), std::end(kChangeable), change.key) == std::end(kChangeable))
    return Status(
        Code::kInvalidArgument,
        fmt::format("cannot change '{}' during an evaluation; --set takes {}, and other settings are "
                    "compared by two runs (--run, then --compare)",
                    change.key, joined(kChangeable)));
  for (std::size_t begin = equals + 1; begin < text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    if (end > begin) change.values.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  if (change.values.empty())
    return Status(Code::kInvalidArgument,
                  fmt::format("--set {} has no values: write {}=V1,V2", text, change.key));
  return change;
}

struct Choice {
  Options options;
  std::string label;  // " RERANK_K=20" for each setting with several values
};

// Every combination of values, with the settings in force first in each mode.
Result<std::vector<Choice>> choices_of(const Options& options, const std::vector<std::string>& changes) {
  std::vector<Choice> choices{{options, ""}};
  for (const std::string& text : changes) {
    RAPPEL_ASSIGN(const Change change, parse_change(text));
    std::vector<Choice> next;
    for (const Choice& choice : choices)
      for (const std::string& value : change.values) {
        auto changed = choice.options.with(change.key, value);
        if (!changed.ok()) return changed.status().with_context("--set " + text);
        const std::string more = change.values.size() > 1 ? fmt::format(" {}={}", change.key, value) : "";
        next.push_back({std::move(changed).value(), choice.label + more});
      }
    choices = std::move(next);
  }
  return choices;
}

EvalVariant variant_of(const EvalMode& mode, const Choice& choice) {
  EvalVariant variant{&mode, {}, {}, {}, std::string(mode.name) + choice.label};
  for (const std::string_view name : mode.signals) {
    const Signal* const signal = find_signal(name);
    RAPPEL_CHECK(signal != nullptr, "a mode names signals that there are");
    variant.signals.push_back(*signal);
  }
  set_rerank_options(choice.options, variant.options);
  variant.options.rerank = mode.rerank;
  for (const char* key : kStoredBy) variant.settings.emplace_back(key, choice.options.text(key));
  if (mode.rerank)
    for (const char* key : kRerankedBy) variant.settings.emplace_back(key, choice.options.text(key));
  return variant;
}

}  // namespace

std::span<const EvalMode> eval_modes() {
  static const EvalMode table[] = {
      {"dense", {"dense"}, false},
      {"lexical", {"lexical"}, false},
      {"dense+rerank", {"dense"}, true},
  };
  return table;
}

Result<std::vector<EvalVariant>> eval_variants(const Options& options, const EvalRequest& request) {
  RAPPEL_ASSIGN(const auto modes, chosen_modes(options, request.modes));
  RAPPEL_ASSIGN(const auto choices, choices_of(options, request.changes));
  std::vector<EvalVariant> variants;
  for (const EvalMode* mode : modes) {
    if (!mode->rerank) {
      variants.push_back(variant_of(*mode, {options, ""}));
      continue;
    }
    for (const Choice& choice : choices) variants.push_back(variant_of(*mode, choice));
  }
  return variants;
}

}  // namespace rappel
