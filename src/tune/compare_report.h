// The report of `rappel compare`: speed-ups, a verdict, the time saved, recommendations.
#pragma once

#include <string>
#include <vector>

#include "base/statistics.h"
#include "codec/json.h"

namespace rappel {

enum class RivalKind { kInForce, kDevice, kPrecision, kThreads, kFlagEmbedding };

// One way to compute the same work.
struct Rival {
  RivalKind kind = RivalKind::kInForce;
  std::string name;            // "int8", "1 thread", "cuda"
  std::string settings;        // that would bring it in force: "RAPPEL_THREADS=1"
  std::string details;         // "int8", "FlagEmbedding 1.4.2, torch 2.15.0, 2 threads"
  std::string trouble;         // why it was not timed, or not to the end
  std::vector<Statistics> ms;  // of each workload in their order; fewer when it was not timed to the end
};

// How many times as fast `a` is as `b` on workload `work` by the medians; 0 when one of them was not timed.
double speed_up(const Rival& a, const Rival& b, std::size_t work);
// Geometric mean over the workloads that both were timed on; 0 for none.
double average_speed_up(const Rival& a, const Rival& b);

struct Comparison {
  std::string device;  // in force
  bool on_gpu = false;
  std::string precision;  // in force; "auto" when it is none that was tried
  // The workloads: query_short, documents_20, and rerank_5 where something is reranked.
  std::vector<std::string> keys, names;
  std::vector<double> items;  // of a run
  std::vector<Rival> rivals;  // the first are the settings in force
  std::string agreement;      // with FlagEmbedding's answers, as text; empty: not compared
  std::string busy;           // the evidence that other programs computed meanwhile; empty: none did
};

// excellent from 10 on, great from 5, good from 2, modest from 1.5, else "something is wrong".
const char* grade(double speed_up);

// The comparison that counts: FlagEmbedding where it was timed, else the GPU against the CPU, else against
// float32 on the same CPU.
struct Verdict {
  std::string grade;  // as grade(); against float32 "little" below 1.5, "as expected" where that is in force
  std::string words;  // a sentence
  std::string faster, slower;  // names of the two
  double speed_up = 0;         // 0: there was nothing to compare with
  // By the slower minus by the faster; 0 where not timed.
  double saved_s_per_100_queries = 0, saved_s_per_1000_documents = 0;
};
Verdict verdict_of(const Comparison& found);

// Settings that are faster, or that there are none. Nothing is recommended from times of a busy machine.
std::vector<std::string> recommendations(const Comparison& found);

std::string comparison_text(const Comparison& found);  // the table and all that follows from it
Json comparison_json(const Comparison& found);

}  // namespace rappel
