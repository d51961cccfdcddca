// Evidence: all that the doctor looked at, as plain values and as the texts that the kernel and the server
// gave. The rules see nothing else, so that a test can hand them what no machine has.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/os/cgroup.h"
#include "base/os/load.h"
#include "base/os/process.h"
#include "base/status.h"
#include "doctor/server_log.h"
#include "tune/tuning.h"
#include "wiring/stores.h"

namespace rappel {

struct SettingsEvidence {
  std::string file;           // ".env"
  int mode = 0;               // permission bits of it; 0: there is none
  bool holds_secret = false;  // a token or a key
  std::vector<std::string> problems;
  std::string token_problem;  // why a server would not start; empty: it would
  std::vector<std::string> token_warnings;
};

// The program that answers, or would answer, at RAG_HOST and RAG_PORT.
struct ServerEvidence {
  enum class Answers {
    kNobody,
    kRappel,
    kSilent,  // a rappel that listens and does not answer, or has no connection left to answer on
    kStranger,
  };
  Answers answers = Answers::kNobody;
  bool runs() const { return answers == Answers::kRappel || answers == Answers::kSilent; }
  std::string scheme = "http";         // or "https"
  std::string address;                 // "127.0.0.1:8000"
  int status = 0;                      // of GET /health; 0: no answer in HTTP
  std::string health;                  // its body
  std::string metrics;                 // body of GET /metrics; empty: not given
  int token_refused = 0;               // the status of that to the token of the settings: 401, 403; else 0
  std::optional<ProcessInfo> process;  // that listens, where it may be looked at
  Status listening;                    // whether a server could listen, when nobody answered
  std::uint64_t connections = 0;       // RAPPEL_MAX_CONNECTIONS
};

struct LogEvidence {
  std::string name;  // "server.log"; empty: there was none to read
  ServerLog log;
};

struct ModelEvidence {
  std::string variable, name;  // "EMBEDDING_MODEL", "BAAI/bge-m3"
  Status state;
  std::string closed_folder;  // the first folder on the way that this user may not enter; empty: none
  std::uint64_t bytes = 0;    // of its files; 0: not known
};

struct StoreEvidence {
  StoreDescription description;
  Status state;  // of the store; kNotFound: none yet
  std::vector<ProcessInfo> users;
};

struct SpeedEvidence {
  double tokens_per_second = 0;
  double operations_per_token = 0;
  double product_rate = 0;  // operations per second that a plain product reaches on all of the machine
  double cpu_share = 1;     // of its threads' time that the measurement got
  int threads = 0, usable_threads = 0;
  std::string target, best_target;        // instruction sets
  std::string precision, best_precision;  // weights

  // The share of the speed that the product's rate would allow.
  double share() const {
    return product_rate > 0 ? tokens_per_second * operations_per_token / product_rate : 0;
  }
};

// Other programs on the CPUs that the server may use; the server itself does not count.
struct LoadEvidence {
  bool busy = false;
  std::string words;           // "other programs use 1.8 of 2 CPUs, .."
  std::vector<CpuUser> users;  // the other programs, where /proc shows them
};

struct Evidence {
  SettingsEvidence settings;
  ServerEvidence server;
  LogEvidence log;
  CgroupTexts group;          // the server's, where it runs and its process is known, else the doctor's own
  int threads = 0;            // RAPPEL_THREADS, 0 = as the machine gives
  std::string device;         // EMBEDDING_DEVICE
  bool has_cuda = false;      // this build
  std::string nvidia_driver;  // /proc/driver/nvidia/version; empty: not there
  std::vector<Requirement> requirements;
  std::vector<ModelEvidence> models;
  StoreEvidence store;
  LoadEvidence load;
  std::optional<SpeedEvidence> speed;
  bool stopped = false;  // by a signal, before all was looked at

  // Each part that was examined, and the finding as text.
  std::vector<std::pair<std::string, std::string>> looked_at;
};

}  // namespace rappel
