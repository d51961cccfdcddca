#include "server/jobs/job_items.h"

#include <algorithm>
#include <utility>

namespace rappel {
namespace {

constexpr std::chrono::milliseconds kLookAround{200};  // for other clients, not after every item

// Names the log lines about failures of the store.
const RequestHead& job_head() {
  static const RequestHead head = background_head("/jobs/ingest");
  return head;
}

}  // namespace

JobItems::JobItems(JobTable& table, const JobWork& work, const CoreGate& gate, const std::stop_token& stop)
    : IngestItems(gate, job_head()),
      table_(table),
      work_(work),
      on_stop_(stop, [this] { end_.request_stop(); }) {}

void JobItems::add_file(std::size_t index) {
  const JobFile& file = work_.spec->files[index];
  memory_.emplace_back(nullptr, "", kMostOfABackgroundFile);
  FoundFile found =
      sent_file({file.name, file.content_type, {}, nullptr, {}, file.metadata}, index, &memory_.back());
  found.path = table_.folder().file(work_.id, index);
  found.bytes = file.bytes;
  found_.texts.push_back(std::move(found));
}

void JobItems::add_document(std::size_t index, const DocumentInput& document) {
  names_.emplace_back(index, document.id.value_or("document " + std::to_string(index)));
  found_.documents.push_back({std::to_string(index), document});
}

void JobItems::fail(std::size_t index, const std::string& detail) {
  done(index, {.state = IngestResult::State::kFailed, .detail = detail}, nullptr);
}

Status JobItems::run(Core& core, const IngestSettings& settings) {
  return core.ingest(found_, settings, *this, end_.get_token());
}

void JobItems::give_back() {
  if (refusal_)
    table_.give_back(work_, pause_after(*refusal_), refusal_->message);
  else
    table_.give_back(work_);
}

void JobItems::done(std::size_t index, IngestResult result, const Failure*) {
  result.name = name_of(index);
  if (work_.kind == JobKind::kFiles)
    for (std::string& warning : result.warnings)
      warning = (result.name.empty() ? "the file" : result.name) + ": " + warning;
  std::vector<JobResult> results;
  results.push_back({index, std::move(result)});
  table_.keep(work_, std::move(results));
  const auto now = Clock::now();
  if (now - looked_around_ < kLookAround) return;
  looked_around_ = now;
  if (table_.is_awaited(work_)) end_.request_stop();
}

void JobItems::put_off(const Refusal& refusal) {
  refusal_ = refusal;
  end_.request_stop();
}

std::string JobItems::name_of(std::size_t index) const {
  if (work_.kind == JobKind::kFiles) return work_.spec->files[index].name;
  const auto name =
      std::find_if(names_.begin(), names_.end(), [&](const auto& one) { return one.first == index; });
  return name != names_.end() ? name->second : "document " + std::to_string(index);
}

}  // namespace rappel
