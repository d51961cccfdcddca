#include "server/jobs/job_workers.h"

#include <algorithm>
#include <new>
#include <optional>
#include <utility>

#include "base/os/file.h"
#include "retrieve/document_id.h"
#include "server/http/body_json.h"
#include "server/input/documents.h"
#include "server/input/upload.h"

namespace rappel {
namespace {

using State = IngestResult::State;

constexpr std::size_t kMostDocuments = 64;                   // stored at once
constexpr std::size_t kMostText = std::size_t{1} << 20;      // of them
constexpr std::size_t kMostMemory = std::size_t{128} << 20;  // of what a file gives
constexpr std::chrono::seconds kLongestPause{30};
constexpr std::chrono::milliseconds kCorePause{200};
constexpr const char* kNoText = "it has no text, or too little";

// Names the log lines about failures of the store.
RequestHead job_head() {
  RequestHead head;
  head.method = Method::kPost;
  head.method_text = "POST";
  head.path = "/jobs/ingest";
  return head;
}

bool will_pass(const Refusal& refusal) {
  const int status = status_of(refusal.reason);
  return status == 429 || status == 503 || status == 507;
}

std::chrono::seconds pause_after(const Refusal& refusal) {
  return std::clamp(std::chrono::seconds(refusal.retry_after_s), std::chrono::seconds(1), kLongestPause);
}

JobResult failed(std::size_t index, std::string name, std::string detail) {
  return {index, {std::move(name), State::kFailed, "", std::move(detail), {}}};
}

std::string document_name(const DocumentInput& document, std::size_t index) {
  return document.id.value_or("document " + std::to_string(index));
}

}  // namespace

JobWorkers::JobWorkers(JobTable& table, const CoreGate& gate, std::size_t threads, std::size_t max_documents,
                       const ReadOptions& reading)
    : table_(table), gate_(gate), max_documents_(max_documents), reading_(reading) {
  for (std::size_t i = 0; i < threads; ++i)
    threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
}

JobWorkers::~JobWorkers() {
  for (std::jthread& thread : threads_) thread.request_stop();
}

void JobWorkers::work(const std::stop_token& stop) {
  while (!stop.stop_requested() && gate_.refuse_early({})) std::this_thread::sleep_for(kCorePause);
  while (const auto work = table_.take(stop, kMostDocuments)) {
    std::stop_source either;  // the job is cancelled, or the server stops
    const std::stop_callback on_stop(stop, [&] { either.request_stop(); });
    const std::stop_callback on_cancel(work->call.cancel, [&] { either.request_stop(); });
    try {
      do_work(*work, {either.get_token(), work->call.flow});
    } catch (const std::bad_alloc&) {
      table_.put_off(*work, kLongestPause, busy_refusal().message);
    }
  }
}

void JobWorkers::do_work(const JobWork& work, const CallContext& call) {
  if (work.kind == JobKind::kFiles)
    do_file(work, call);
  else
    do_documents(work, call);
}

void JobWorkers::do_file(const JobWork& work, const CallContext& call) {
  const JobFile& file = work.spec->files[work.first];
  const std::filesystem::path path = table_.folder().file(work.id, work.first);
  const auto mapped = MappedFile::open(path);
  if (!mapped.ok())
    return table_.settle(work,
                         {failed(work.first, file.name, "the server has lost the file; send it again")});
  const auto bytes = (*mapped)->bytes();
  const FormFile form{
      file.name,
      file.content_type,
      {reinterpret_cast<const char*>(bytes.data()), bytes.size()},
      mapped->get(),
      [&mapped](std::string_view part) { (*mapped)->release(std::as_bytes(std::span(part))); },
      file.metadata};
  ByteHold memory(nullptr, "", kMostMemory);
  auto read = read_file(form, {.cancel = call.cancel, .memory = &memory, .options = reading_});
  if (call.cancel.stop_requested()) return table_.put_off(work, {}, "");
  if (!read.ok()) return table_.settle(work, {failed(work.first, file.name, read.status().message())});
  std::vector<DocumentInput> documents;
  std::vector<JobResult> results{
      {work.first, {file.name, State::kFailed, (*read).document.id.value_or(""), "", {}}}};
  results.front().result.warnings = std::move((*read).warnings);
  documents.push_back(std::move((*read).document));
  if (store(work, std::move(documents), call, results)) table_.settle(work, std::move(results));
}

void JobWorkers::do_documents(const JobWork& work, const CallContext& call) {
  const auto all = documents_of(work);
  if (!all.ok()) {
    std::vector<JobResult> results;
    for (std::size_t i = work.first; i < work.first + work.count; ++i)
      results.push_back(failed(i, "document " + std::to_string(i), all.status().message()));
    return table_.settle(work, std::move(results));
  }
  std::vector<DocumentInput> documents;
  std::vector<JobResult> results;
  std::size_t text = 0;
  for (std::size_t i = work.first; i < work.first + work.count && text < kMostText; ++i) {
    documents.push_back((**all)[i]);
    DocumentInput& document = documents.back();
    const std::string name = document_name(document, i);
    if (!document.id) document.id = derived_id(document);
    results.push_back({i, {name, State::kFailed, *document.id, "", {}}});
    text += document.text.size();
  }
  if (store(work, std::move(documents), call, results)) table_.settle(work, std::move(results));
  const auto view = table_.view(work.id);
  if (view && !has_ended(view->state)) return;
  const std::lock_guard lock(documents_mutex_);
  documents_ = nullptr;
  documents_job_.clear();
}

bool JobWorkers::store(const JobWork& work, std::vector<DocumentInput> documents, const CallContext& call,
                       std::vector<JobResult>& results) {
  const auto ids = gate_.core().upsert(std::move(documents), call);
  if (call.cancel.stop_requested() && !ids.ok()) {
    table_.put_off(work, {}, "");
    return false;
  }
  if (ids.ok()) {
    for (auto& [index, result] : results) {
      const bool stored = std::find((*ids).begin(), (*ids).end(), result.id) != (*ids).end();
      result.state = stored ? State::kStored : State::kEmpty;
      if (stored) continue;
      result.id.clear();
      result.detail = kNoText;
    }
    return true;
  }
  const Refusal refusal = gate_.refuse(job_head(), ids.status());
  if (will_pass(refusal)) {
    table_.put_off(work, pause_after(refusal), refusal.message);
    return false;
  }
  // One of them is refused: each on its own says which.
  if (results.size() > 1) {
    results.resize(1);
    const auto all = documents_of(work);
    if (all.ok()) return store(work, {(**all)[work.first]}, call, results);
  }
  for (auto& [index, result] : results) {
    result.id.clear();
    result.detail = refusal.message;
  }
  return true;
}

Result<JobWorkers::Documents> JobWorkers::documents_of(const JobWork& work) {
  const std::lock_guard lock(documents_mutex_);
  if (documents_job_ == work.id) return documents_;
  documents_ = nullptr;
  documents_job_.clear();
  const auto mapped = MappedFile::open(table_.folder().documents(work.id));
  if (!mapped.ok()) return Status(Code::kUnavailable, "the server has lost the documents; send them again");
  const auto bytes = (*mapped)->bytes();
  const auto body = read_body_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  FieldErrors errors;
  std::vector<DocumentInput> documents;
  if (const auto* value = std::get_if<JsonValue>(&body))
    documents = read_upsert_request(*value, max_documents_, errors);
  if (!errors.empty() || documents.size() != work.spec->documents)
    return Status(Code::kCorrupt, "the server cannot read the documents any more; send them again");
  documents_ = std::make_shared<const std::vector<DocumentInput>>(std::move(documents));
  documents_job_ = work.id;
  return documents_;
}

}  // namespace rappel
