// The embedding model as Ollama's clients list and describe it.
#pragma once

#include <cstddef>
#include <string>

namespace rappel {

class Embedder;

struct OllamaModel {
  std::string name;         // as clients see it: "BAAI/bge-m3"
  std::string digest;       // 64 hexadecimal digits
  std::string modified_at;  // the start of the server
  std::size_t context_length = 0;
  int embedding_length = 0;
  std::size_t bytes = 0;     // of its files; 0: not known, because it is remote
  std::string parameters;    // "566.70M"; empty: not known
  std::string quantization;  // "F32", "F16", "BF16" or "Q8_0"; empty: not known
};

OllamaModel ollama_model_of(const Embedder& embedder, std::string started_at);

// "BAAI/bge-m3" -> "bge-m3:latest".
std::string ollama_name(std::string_view name);

std::string ollama_tags_json(const OllamaModel& model);
// The models in memory: `model` or, with null, none.
std::string ollama_ps_json(const OllamaModel* model);
std::string ollama_show_json(const OllamaModel& model);

}  // namespace rappel
