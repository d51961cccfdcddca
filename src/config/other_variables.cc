#include "config/other_variables.h"

#include <algorithm>
#include <vector>

#include "config/option_groups.h"

namespace rappel {
namespace {

constexpr PassedVariable kPassed[] = {
    {.name = "http_proxy", .of_network = true},
    {.name = "https_proxy", .of_network = true},
    {.name = "HTTPS_PROXY", .of_network = true},
    {.name = "all_proxy", .of_network = true},
    {.name = "ALL_PROXY", .of_network = true},
    {.name = "no_proxy", .of_network = true},
    {.name = "NO_PROXY", .of_network = true},
    {.name = "SSL_CERT_FILE", .is_path = true, .of_network = true},
    {.name = "HF_TOKEN_PATH", .is_path = true},
    {.name = "XDG_CACHE_HOME", .is_path = true},
};

constexpr IgnoredVariable kIgnored[] = {
    {"CUDA_LAUNCH_BLOCKING", "it is PyTorch's"},
    {"PYTORCH_*", "it is PyTorch's"},
    {"TORCH_*", "it is PyTorch's"},
    {"HTTP_PROXY", "only the lower-case http_proxy is read, as in curl"},
    {"OMP_NUM_THREADS", "RAPPEL_THREADS sets the compute threads"},
    {"MKL_NUM_THREADS", "RAPPEL_THREADS sets the compute threads"},
    {"TOKENIZERS_PARALLELISM", "it is the Python tokenizers'"},
    {"EMBEDDING_SERVICE", "embeddings are always computed here, by EMBEDDING_MODEL"},
    {"EMBEDDING_PROVIDER", "embeddings are always computed here, by EMBEDDING_MODEL"},
    {"EMBEDDING_DIMENSION", "the dimension is the model's"},
    {"OPENAI_API_*", "no text leaves this machine for an embedding"},
    {"OPENAI_EMBEDDINGMODEL_*", "no text leaves this machine for an embedding"},
    {"OPENAI_METADATA_*", "no text leaves this machine for an embedding"},
    {"OPENAI_COMPLETIONMODEL_*", "no text leaves this machine for an embedding"},
};

bool matches(std::string_view pattern, std::string_view name) {
  return pattern.ends_with('*') ? name.starts_with(pattern.substr(0, pattern.size() - 1)) : name == pattern;
}

}  // namespace

std::span<const PassedVariable> passed_variables() { return kPassed; }

const PassedVariable* passed_variable(std::string_view name) {
  const auto* const it = std::find_if(std::begin(kPassed), std::end(kPassed),
                                      [&](const PassedVariable& one) { return one.name == name; });
  return it == std::end(kPassed) ? nullptr : it;
}

std::span<const IgnoredVariable> ignored_variables() {
  static const std::vector<IgnoredVariable> all = [] {
    std::vector<IgnoredVariable> list(std::begin(kIgnored), std::end(kIgnored));
    for (const AbsentStore& store : absent_stores())
      if (*store.variables)
        list.push_back({store.variables, "it belongs to a store that this build does not have"});
    return list;
  }();
  return all;
}

const IgnoredVariable* ignored_variable(std::string_view name) {
  const auto table = option_table();
  if (std::any_of(table.begin(), table.end(),
                  [&](const OptionSpec& spec) { return names_variable(spec, name); }))
    return nullptr;
  for (const IgnoredVariable& variable : ignored_variables())
    if (matches(variable.name, name)) return &variable;
  return nullptr;
}

}  // namespace rappel
