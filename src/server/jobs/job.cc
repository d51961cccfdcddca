#include "server/jobs/job.h"

namespace rappel {

std::string_view kind_name(JobKind kind) { return kind == JobKind::kFiles ? "files" : "documents"; }

std::string_view state_name(JobState state) {
  switch (state) {
    case JobState::kQueued: return "queued";
    case JobState::kRunning: return "running";
    case JobState::kCompleted: return "completed";
    case JobState::kCancelled: break;
  }
  return "cancelled";
}

void JobCounts::add(IngestResult::State state) {
  switch (state) {
    case IngestResult::State::kStored: ++stored; return;
    case IngestResult::State::kEmpty: ++empty; return;
    case IngestResult::State::kSkipped: ++skipped; return;
    case IngestResult::State::kFailed: ++failed; return;
  }
}

}  // namespace rappel
