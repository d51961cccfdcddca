#include "hub/select.h"

#include <algorithm>
#include <set>

#include "hub/cache.h"
#include "hub/names.h"

namespace rappel::hub {
namespace {

// Files of the model.
constexpr const char* kModelFiles[] = {"modules.json", "config_sentence_transformers.json",
                                       "sparse_linear.pt", "colbert_linear.pt", "rappel.json"};
// Files of its encoder. sentence-transformers names the last one after the family.
constexpr const char* kEncoderFiles[] = {"config.json",
                                         "tokenizer.json",
                                         "tokenizer_config.json",
                                         "special_tokens_map.json",
                                         "added_tokens.json",
                                         "sentence_bert_config.json",
                                         "sentence_roberta_config.json",
                                         "sentence_xlm-roberta_config.json"};

// "1_Pooling/config.json", as modules.json of sentence-transformers numbers it.
bool is_pooling_config(const std::string& name) {
  const std::size_t digits = name.find_first_not_of("0123456789");
  return digits != 0 && digits != std::string::npos && name.substr(digits) == "_Pooling/config.json";
}

using Names = std::set<std::string>;

constexpr std::size_t kMostWanted = 256;  // names; a repository has about 20 of them

// Adds what an encoder in `folder` ("" or "0_Transformer/") needs.
Status want_encoder(const std::string& repository, const Names& have, const std::string& folder,
                    Names& wanted) {
  const auto lacks = [&](const std::string& what) {
    return Status(Code::kUnsupported, repository + " has no " + folder + what +
                                          ": it cannot be used here; see docs/models.md for "
                                          "the model files that can");
  };
  for (const char* name : kEncoderFiles) wanted.insert(folder + name);
  if (!have.contains(folder + "config.json")) return lacks("config.json");
  if (!have.contains(folder + "tokenizer.json")) {
    if (!have.contains(folder + "sentencepiece.bpe.model")) return lacks("tokenizer.json");
    wanted.insert(folder + "sentencepiece.bpe.model");
  }
  const auto form = std::find_if(std::begin(kWeightForms), std::end(kWeightForms),
                                 [&](const char* name) { return have.contains(folder + name); });
  if (form == std::end(kWeightForms)) return lacks("model.safetensors and no pytorch_model.bin");
  wanted.insert(folder + *form);
  return {};
}

}  // namespace

Result<std::vector<std::string>> choose_files(const std::string& repository,
                                              const std::vector<std::string>& offered) {
  const Names have(offered.begin(), offered.end());
  Names wanted(std::begin(kModelFiles), std::end(kModelFiles));
  bool has_folder = false;
  for (const std::string& name : offered) {
    const std::size_t slash = name.find('/');
    if (slash == std::string::npos || name.substr(slash) != "/config.json" ||
        !is_encoder_folder(name.substr(0, slash)) || !have.contains("modules.json"))
      continue;
    RAPPEL_TRY(want_encoder(repository, have, name.substr(0, slash + 1), wanted));
    has_folder = true;
  }
  if (!has_folder || have.contains("config.json")) RAPPEL_TRY(want_encoder(repository, have, "", wanted));

  for (const std::string& name : offered)
    if (is_pooling_config(name) && is_safe_file_name(name)) wanted.insert(name);

  if (wanted.size() > kMostWanted)
    return Status(Code::kUnsupported, repository + " has more than " + std::to_string(kMostWanted) +
                                          " files with the names of model files: it cannot be used here");
  std::vector<std::string> chosen;
  for (const std::string& name : offered)
    if (wanted.erase(name) == 1) chosen.push_back(name);
  return chosen;
}

}  // namespace rappel::hub
