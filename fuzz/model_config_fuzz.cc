// Fuzz target for the reader of model configurations. The input contains the texts of all files in the order
// in which they are read, each terminated by a NUL: modules.json, config.json, the pooling,
// config_sentence_transformers.json, tokenizer_config.json, sentence_bert_config.json.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "formats/model_config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const auto read = [&](const std::string& path) -> rappel::Result<std::optional<std::string>> {
    RAPPEL_CHECK(("/" + path + "/").find("/../") == std::string::npos && path.front() != '/',
                 "paths stay inside the folder");
    if (rest.empty()) return std::optional<std::string>();
    const std::string text(rest.substr(0, rest.find('\0')));
    rest.remove_prefix(std::min(rest.size(), text.size() + 1));
    return std::optional(text);
  };
  const auto config = rappel::read_model_config(read, [](const std::string&) { return false; });
  if (!config) return 0;
  RAPPEL_CHECK(config->hidden % config->heads == 0 && config->max_length >= 1 &&
                   config->max_length + config->position_offset <= config->max_positions,
               "the configuration is consistent");
  return 0;
}
