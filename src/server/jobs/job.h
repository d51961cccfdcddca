// Job: files or documents that a client has handed over, to be stored while it does not wait.
//
// A JobSpec has the words of the request, without its bytes; it does not change. A JobView is a moment of its
// progress. job_folder.h keeps both on disk, job_table.h in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/input/ingest_options.h"
#include "server/input/ingest_result.h"
#include "store/metadata.h"

namespace rappel {

enum class JobKind { kFiles, kDocuments };
enum class JobState { kQueued, kRunning, kCompleted, kCancelled };

std::string_view kind_name(JobKind kind);     // "files"
std::string_view state_name(JobState state);  // "queued"
inline bool has_ended(JobState state) {
  return state == JobState::kCompleted || state == JobState::kCancelled;
}

struct JobFile {
  std::string name;
  std::string content_type;
  std::uint64_t bytes = 0;
  Metadata metadata;
};

struct JobSpec {
  std::string id;          // a UUID: nobody can guess it
  std::string created_at;  // UTC
  std::string owner;       // Principal::id: other tokens do not see the job
  std::string collection;  // empty: the default one
  JobKind kind = JobKind::kFiles;
  std::vector<JobFile> files;  // kFiles
  std::size_t documents = 0;   // kDocuments
  std::uint64_t bytes = 0;     // of the files, or of the JSON text
  IngestOptions options;
  // Idempotency-Key, hashed with the token, and the hash of the body; empty without a key.
  std::string key, fingerprint;

  std::size_t count() const { return kind == JobKind::kFiles ? files.size() : documents; }
};

// The result of one file or document, by its place in the request.
struct JobResult {
  std::size_t index = 0;
  IngestResult result;
};

struct JobCounts {
  std::size_t stored = 0, empty = 0, skipped = 0, failed = 0;
  std::size_t done() const { return stored + empty + skipped + failed; }
  void add(IngestResult::State state);
};

struct JobView {
  std::string id, created_at, finished_at;  // the last one is empty until it has ended
  JobKind kind = JobKind::kFiles;
  JobState state = JobState::kQueued;
  std::size_t total = 0;
  std::uint64_t bytes = 0;
  JobCounts counts;
  std::string detail;  // why it does not go on; empty if it does
  std::string owner;   // not shown
};

}  // namespace rappel
