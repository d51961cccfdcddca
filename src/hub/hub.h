// Hub: models by name. Finds a model in the Hugging Face Hub cache of this machine, fetches it into that
// cache, and lists the cache.
//
// The cache is the one that Python's huggingface_hub keeps, so weights fetched by either are found by both:
//
//   <cache>/models--ORG--NAME/blobs/<etag>               content; etag: SHA-256 of LFS files, else git blob
//   id
//                             snapshots/<commit>/<file>  -> ../../blobs/<etag>
//                             refs/<revision>            text: the commit of a branch or tag when pulled
//   <cache>/.locks/models--ORG--NAME/<etag>.lock         flock held while a blob is written
//
// A pull writes each blob under a temporary name, checks size and hash, renames it, links it, and writes the
// ref last: a reader never sees half a file, and a pull that was cut, cancelled or killed resumes where it
// stopped. Readers need no lock. All functions may run at the same time in several threads and processes; two
// pulls of one model share the work.
//
// Everything a server says is taken as hostile: file names and etags that could leave the cache are refused.
// The token goes to the endpoint's own origin only, and is in no message.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace rappel {

struct HubSettings {
  std::filesystem::path cache;  // the folder that holds models--ORG--NAME
  std::string endpoint = "https://huggingface.co";
  std::string token;       // empty = anonymous
  bool offline = false;    // never touch the network
  std::string http_proxy;  // proxies by scheme of the address asked for; empty = none
  std::string https_proxy;
  std::string no_proxy;           // comma-separated hosts that are asked directly
  std::filesystem::path ca_file;  // PEM bundle; empty = the system's
  int parallel = 4;               // files at a time
  int retries = 5;                // attempts in a row that bring no byte
  int retry_delay_ms = 500;       // doubled from attempt to attempt; a server's Retry-After goes first
  int connect_timeout_s = 10;
  int stall_timeout_s = 30;  // without a byte for this long, a transfer counts as cut
};

// Settings from variables as huggingface_hub reads them: HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME,
// XDG_CACHE_HOME, HOME; HF_TOKEN, else the file HF_TOKEN_PATH or <HF_HOME>/token; HF_ENDPOINT;
// HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE; and curl's http_proxy, https_proxy, all_proxy, no_proxy, and
// SSL_CERT_FILE. `variable` returns the value or nullopt.
using VariableLookup = std::function<std::optional<std::string>(const char* name)>;
HubSettings hub_settings(const VariableLookup& variable);

// "ORG/NAME" or "NAME", with "@revision" (branch, tag, "refs/pr/1" or 40-digit commit).
struct ModelName {
  std::string repository;
  std::string revision = "main";
};
// kInvalidArgument when it is not of that form.
Result<ModelName> parse_model_name(std::string_view name);

// The folder of the model `name`: a folder with a config.json is returned as it is; otherwise the name's
// snapshot in the cache. kNotFound says what was looked for, where, and what to do. Never touches the
// network.
Result<std::filesystem::path> resolve_model(std::string_view name, const HubSettings& settings);

struct PullProgress {
  enum class Phase { kListing, kDownloading, kDone };
  Phase phase = Phase::kListing;
  std::uint64_t bytes_total = 0;     // of all files of the model
  std::uint64_t bytes_present = 0;   // of those, already on disk (from earlier pulls too)
  std::uint64_t bytes_received = 0;  // over the network in this pull: the rate's numerator
  int files_total = 0;
  int files_done = 0;
  std::string file;  // the one that moved last
  std::string note;  // when not empty: a retry, or waiting for another process, as a message
};
// Called from several threads, one call at a time, at most about ten times a second, and also at the end of
// each file and notes.
using PullObserver = std::function<void(const PullProgress&)>;

struct PullResult {
  std::filesystem::path folder;  // the snapshot
  std::string commit;
  std::vector<std::string> files;
  std::uint64_t bytes_total = 0;
  std::uint64_t bytes_received = 0;
};

// Fetches what rappel needs of the model `name` (select.h), verified, and returns its snapshot. Files that
// are there are not fetched again; offline, a model that is there counts as pulled. Cancelled (kCancelled) or
// failed, what was received stays and the next pull continues there.
Result<PullResult> pull_model(std::string_view name, const HubSettings& settings,
                              const PullObserver& observer = {}, std::stop_token cancel = {});

enum class ModelKind { kEmbedding, kReranker, kOther };
const char* model_kind_name(ModelKind kind);  // "embedding", "reranker", "other"

// One snapshot in the cache.
struct CachedModel {
  std::string name;  // ORG/NAME
  std::string commit;
  std::vector<std::string> refs;  // names that point at it: "main"
  std::filesystem::path folder;
  std::uint64_t bytes = 0;  // of its files
  ModelKind kind = ModelKind::kOther;
  bool complete = false;  // has configuration and weights
};
// Sorted by name, then commit. A cache that does not exist is empty.
Result<std::vector<CachedModel>> list_models(const HubSettings& settings);

struct ModelFileInfo {
  std::string name;  // relative to the folder, '/' between parts
  std::uint64_t bytes = 0;
};
// The members of config.json, unchecked; 0 or empty where it has none.
struct ModelInfo {
  std::filesystem::path folder;
  std::string name;  // ORG/NAME when the folder lies in a cache, else empty
  std::string commit;
  std::vector<ModelFileInfo> files;  // sorted by name
  std::uint64_t bytes = 0;
  ModelKind kind = ModelKind::kOther;
  std::string model_type;    // "xlm-roberta", "bert"
  std::string architecture;  // "XLMRobertaModel"
  std::string dtype;         // "float32"
  std::int64_t hidden = 0;
  std::int64_t layers = 0;
  std::int64_t heads = 0;
  std::int64_t vocabulary = 0;
  std::int64_t max_positions = 0;
  bool sparse_head = false;   // sparse_linear.pt
  bool colbert_head = false;  // colbert_linear.pt
};
// `name` as for resolve_model.
Result<ModelInfo> model_info(std::string_view name, const HubSettings& settings);

// Reads the files whose published SHA-256 is known - in the cache a large file is a link to one that is named
// by it - and returns how many there are; kCorrupt names the first that is something else, by its place among
// the blobs. Once that file is removed, a pull fetches it again.
Result<int> verify_model_files(const ModelInfo& info, const std::stop_token& cancel = {});

}  // namespace rappel
