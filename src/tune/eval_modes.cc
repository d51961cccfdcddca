#include "tune/eval_modes.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/settings.h"

namespace rappel {
namespace {

// Settings that a mode can be tried with, those of fusion and those of the reranker. Others change the models
// or the stored chunks, which takes another run.
constexpr const char* kFusedBy[] = {"RETRIEVAL_DENSE_WEIGHT", "RETRIEVAL_SPARSE_SHARE"};
constexpr const char* kTried[] = {"RERANK_K", "RERANK_MODE"};

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

// Those that are compared unless some are named: the parts of the default, and the default.
bool is_usual(const EvalMode& mode) {
  return mode.search == SearchMode::kHybrid ||
         (!mode.rerank && (mode.search == SearchMode::kDense || mode.search == SearchMode::kLexical));
}

Result<std::vector<const EvalMode*>> chosen_modes(const Options& options,
                                                  const std::vector<std::string>& names) {
  const bool reranks = options.boolean("RERANK_ENABLE");
  std::vector<const EvalMode*> chosen;
  for (const EvalMode& mode : eval_modes())
    if (names.empty() && is_usual(mode) && (reranks || !mode.rerank)) chosen.push_back(&mode);
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

template <class Names>
bool has(const Names& names, std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

struct Change {
  std::string key;
  std::vector<std::string> values;
};

Result<Change> parse_change(const std::string& text) {
  const std::size_t equals = std::min(text.find('='), text.size());
  Change change{text.substr(0, equals), {}};
  if (!has(kFusedBy, change.key) && !has(kTried, change.key))
    return Status(
        Code::kInvalidArgument,
        fmt::format("cannot change '{}' during an evaluation; --set takes {}, and other settings are "
                    "compared by two runs (--run, then --compare)",
                    change.key, joined(kFusedBy) + ", " + joined(kTried)));
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

bool has_weights(const EvalMode& mode) {
  return mode.search == SearchMode::kHybrid || mode.search == SearchMode::kMinMax;
}

bool depends_on(const EvalMode& mode, std::string_view key) {
  return has(kFusedBy, key) ? has_weights(mode) : mode.rerank;
}

// Every combination of the values that the mode depends on.
Result<std::vector<Choice>> choices_of(const EvalMode& mode, const Options& options,
                                       const std::vector<Change>& changes) {
  std::vector<Choice> choices{{options, ""}};
  for (const Change& change : changes) {
    if (!depends_on(mode, change.key)) continue;
    std::vector<Choice> next;
    for (const Choice& choice : choices)
      for (const std::string& value : change.values) {
        auto changed = choice.options.with(change.key, value);
        if (!changed.ok()) return changed.status().with_context("--set " + change.key);
        const std::string more = change.values.size() > 1 ? fmt::format(" {}={}", change.key, value) : "";
        next.push_back({std::move(changed).value(), choice.label + more});
      }
    choices = std::move(next);
  }
  return choices;
}

EvalVariant variant_of(const EvalMode& mode, const Choice& choice) {
  EvalVariant variant{&mode, {}, {}, mode.name + choice.label};
  set_ranking_options(choice.options, variant.options);
  variant.options.mode = mode.search;
  variant.options.rerank = mode.rerank;
  for (const char* key : kStoredBy) variant.settings.emplace_back(key, choice.options.text(key));
  if (has_weights(mode))
    for (const char* key : kFusedBy) variant.settings.emplace_back(key, choice.options.text(key));
  if (mode.rerank)
    for (const char* key : kRerankedBy) variant.settings.emplace_back(key, choice.options.text(key));
  return variant;
}

}  // namespace

std::span<const EvalMode> eval_modes() {
  static const std::vector<EvalMode> table = [] {
    std::vector<EvalMode> modes;
    for (const bool rerank : {false, true})
      for (const SearchModeInfo& info : search_modes())
        modes.push_back({std::string(info.name) + (rerank ? "+rerank" : ""), info.mode, rerank});
    return modes;
  }();
  return table;
}

Result<std::vector<EvalVariant>> eval_variants(const Options& options, const EvalRequest& request) {
  RAPPEL_ASSIGN(const auto modes, chosen_modes(options, request.modes));
  std::vector<Change> changes;
  for (const std::string& text : request.changes) {
    RAPPEL_ASSIGN(changes.emplace_back(), parse_change(text));
  }
  std::vector<EvalVariant> variants;
  for (const EvalMode* mode : modes) {
    RAPPEL_ASSIGN(const auto choices, choices_of(*mode, options, changes));
    for (const Choice& choice : choices) variants.push_back(variant_of(*mode, choice));
  }
  return variants;
}

}  // namespace rappel
