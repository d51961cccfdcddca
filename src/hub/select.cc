#include "hub/select.h"

#include <algorithm>
#include <set>

#include "hub/cache.h"
#include "hub/names.h"

namespace rappel::hub {
namespace {

constexpr const char* kAlways[] = {"config.json",
                                   "tokenizer.json",
                                   "tokenizer_config.json",
                                   "special_tokens_map.json",
                                   "modules.json",
                                   "sentence_bert_config.json",
                                   "config_sentence_transformers.json",
                                   "sparse_linear.pt",
                                   "colbert_linear.pt"};

// "1_Pooling/config.json", as modules.json of sentence-transformers numbers it.
bool is_pooling_config(const std::string& name) {
  const std::size_t digits = name.find_first_not_of("0123456789");
  return digits != 0 && digits != std::string::npos && name.substr(digits) == "_Pooling/config.json";
}

}  // namespace

Result<std::vector<std::string>> choose_files(const std::string& repository,
                                              const std::vector<std::string>& offered) {
  const std::set<std::string> have(offered.begin(), offered.end());
  const auto lacks = [&](const std::string& what) {
    return Status(Code::kUnsupported, repository + " has no " + what +
                                          ": it cannot be used here; see docs/models.md for "
                                          "the model files that can");
  };
  std::set<std::string> wanted(std::begin(kAlways), std::end(kAlways));
  if (!have.contains("config.json")) return lacks("config.json");
  if (!have.contains("tokenizer.json")) {
    if (!have.contains("sentencepiece.bpe.model")) return lacks("tokenizer.json");
    wanted.insert("sentencepiece.bpe.model");
  }
  const auto form = std::find_if(std::begin(kWeightForms), std::end(kWeightForms),
                                 [&](const char* name) { return have.contains(name); });
  if (form == std::end(kWeightForms)) return lacks("model.safetensors and no pytorch_model.bin");
  wanted.insert(*form);

  for (const std::string& name : offered)
    if (is_pooling_config(name) && is_safe_file_name(name)) wanted.insert(name);

  std::vector<std::string> chosen;
  for (const std::string& name : offered)
    if (wanted.erase(name) == 1) chosen.push_back(name);
  return chosen;
}

}  // namespace rappel::hub
