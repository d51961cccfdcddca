// Parts of every protocol: its options, the gate to the core, and the counters of the transport.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ingest/extract/read_options.h"
#include "server/core_gate.h"

namespace rappel {

class Logger;
class MetricsText;
class TextJudge;
class TokenKeeper;

// A member of /health's object. A private one is for token holders alone (on a server without tokens: for
// programs of this machine): /health itself needs no token.
struct HealthFact {
  std::string name;
  std::string value;
  bool is_private = false;
};

// A setting in force, for /v1/settings.
struct SettingFact {
  std::string name, group;
  std::string value;  // as it may be shown
  std::string where;  // "PORT in .env line 3"
  std::string help;
  bool is_default = false, is_secret = false;
};

// Options of server/jobs.
struct JobOptions {
  std::filesystem::path folder;  // for the jobs; empty: none are taken
  std::size_t max_unfinished = 100;
  std::uint64_t max_bytes = std::uint64_t{2} << 30;    // of files that wait
  std::size_t max_json_bytes = std::size_t{64} << 20;  // of documents in one request
  std::chrono::seconds keep{24 * 3600};                // results, after the end of a job
};

// Options of server/vector_stores.
struct FileOptions {
  std::filesystem::path folder;                       // for files; empty: none are kept
  std::filesystem::path stores;                       // for what is known of files in vector stores
  std::uint64_t max_bytes = std::uint64_t{10} << 30;  // of all files
};

struct ProtocolOptions {
  std::string version;  // shown by /health
  // As the local server of the Python service: documents without security, no /sub, its manifest.
  bool local = false;
  std::string document_url;       // the address in the documents; empty: HttpOptions::public_url
  bool result_source_id = false;  // each result of a query repeats source_id beside its text
  bool strict_models = false;     // refuse names of models that the server does not have
  std::size_t max_top_k = 1000;
  std::size_t max_queries = 1000;       // in one request
  std::size_t max_documents = 100'000;  // in one request
  std::size_t max_files = 1000;         // in one form
  ReadOptions reading;                  // of files
  // A language model for requests that ask for screening or metadata: a new one for each, because a judge
  // that fails is not asked again. Empty: rules alone.
  std::function<std::shared_ptr<TextJudge>()> make_judge;
  // The most that a response to a query or a list has: its text, and what it holds in memory meanwhile.
  std::size_t max_answer_bytes = std::size_t{32} << 20;

  bool mcp_write = false;  // MCP's tools add and forget are offered

  JobOptions jobs;
  FileOptions files;

  TokenKeeper* token_keeper = nullptr;  // null: a server without tokens; outlives the server
  std::vector<SettingFact> settings;

  // Further members of /health, in order ({"device", "cpu (avx2, 2 threads)"}). One named "trouble" makes the
  // status "degraded". Called on an I/O thread: must be quick, must not block.
  std::function<std::vector<HealthFact>()> health;
  // Further families of GET /metrics. Called on an I/O thread: must be quick, must not block.
  std::function<void(MetricsText&)> metrics;
};

// The references outlive every protocol.
struct ProtocolContext {
  const ProtocolOptions& options;
  const std::string& public_url;  // empty: the address that the client used
  const CoreGate& gate;
  std::function<void(MetricsText&)> transport_metrics;
  Logger* logger = nullptr;
};

}  // namespace rappel
