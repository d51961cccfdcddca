// Memory that a server with the configured models takes, estimated before anything is loaded: from the sizes
// in the models' files, in the precision that would be in force.
//
// Counted are the weights, the embedding tables (mapped from the model's file: the system takes their pages
// back when memory is short), the workspace of the longest batch, the tokenizer, and the program itself. Not
// counted are the vectors of stored chunks. An estimate is an upper bound for a server on a CPU; on a GPU the
// weights and the workspace lie in the GPU's memory.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/os/cgroup.h"
#include "engine/device.h"
#include "formats/model_config.h"
#include "tune/measure.h"

namespace rappel {

// Bytes.
struct ModelMemory {
  std::string name;       // of the model
  std::string precision;  // "int8"
  double weights = 0;
  double tables = 0;  // mapped
  double workspace = 0;
  double tokenizer = 0;

  double total() const { return weights + tables + workspace + tokenizer; }
};

struct MemoryEstimate {
  std::vector<ModelMemory> models;
  std::vector<std::string> unknown;  // names of models that are not there yet and of no known size
  double program = 0;

  bool known() const { return unknown.empty(); }
  double total() const;
  double needed() const;  // without the tables' pages, which the system may take back
  // "weights 10.6 MB as int8, tables 47.0 MB (mapped), workspace 26.1 MB, ..": what is counted; of an
  // estimate that is not known, why.
  std::string words() const;
};

// Estimates the embedder, and the reranker if there is one. A model that is not there yet has the sizes of
// its published configuration where rappel knows it (the default models).
MemoryEstimate estimate_memory(const EngineSettings& settings, const HubSettings& hub);

// Estimates one model. `tokens`: of the largest batch or text; `table_bytes`: of an element of the embedding
// tables.
ModelMemory model_memory(const ModelConfig& config, WeightKind kind, std::size_t tokens, int table_bytes);

// Memory that is free without swapping: of the machine, and within the control group's limit. None: not
// known.
std::optional<double> free_memory(const CgroupTexts& group);

}  // namespace rappel
