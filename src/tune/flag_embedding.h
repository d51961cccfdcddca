// FlagEmbedding, the library of the replaced system: timed in a process of its own on the same texts and
// model folders as rappel.
#pragma once

#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "base/status.h"
#include "tune/measure.h"

namespace rappel {

extern const char kFlagEmbeddingScript[];  // flag_embedding.py

struct FlagEmbeddingRequest {
  std::string python;                            // a program, or the folder of a virtual environment
  std::string embedder_folder, reranker_folder;  // the second may be empty
  std::string device;                            // as torch calls it: "cpu", "cuda:0"
  std::vector<Workload> work;
  std::map<std::string, std::string> environment;
};

struct FlagEmbeddingAnswer {
  struct Timed {
    std::string key;             // the workload's
    std::vector<double> ms;      // of each run
    std::vector<double> answer;  // the first text's vector, or the scores between 0 and 1
  };
  std::string versions;  // "FlagEmbedding 1.4.2, torch 2.15.0"
  int threads = 0;
  std::vector<Timed> timed;
};

struct FlagEmbeddingEvents {
  std::function<void(const std::string& key)> ran;  // a run of that workload is over
  std::function<void()> waiting;                    // several times a second
};

// Fills `answer`, in part if it fails on the way. Errors say whether Python, the library or
// the model is at fault; kCancelled after a request to stop.
Status run_flag_embedding(const FlagEmbeddingRequest& request, const FlagEmbeddingEvents& events,
                          const std::stop_token& stop, FlagEmbeddingAnswer& answer);

}  // namespace rappel
