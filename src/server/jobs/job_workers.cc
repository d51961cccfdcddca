#include "server/jobs/job_workers.h"

#include <exception>
#include <utility>

#include "base/os/file.h"
#include "retrieve/near_documents.h"
#include "server/http/body_json.h"
#include "server/input/documents.h"
#include "server/jobs/job_items.h"

namespace rappel {
namespace {

constexpr std::size_t kMostText = std::size_t{4} << 20;  // of documents that are copied for one run
constexpr std::chrono::seconds kMemoryPause{30};
constexpr std::chrono::milliseconds kCorePause{200};

}  // namespace

// The texts that were stored, of one thread. Reading their fingerprints takes a moment in a large store, and
// what others store meanwhile is to be noticed.
class JobWorkers::Near {
 public:
  std::shared_ptr<NearDocuments> documents() {
    const auto now = std::chrono::steady_clock::now();
    if (documents_ == nullptr || now - read_ > kAge) {
      documents_ = std::make_shared<NearDocuments>(/*dry_run=*/false);
      read_ = now;
    }
    return documents_;
  }

 private:
  static constexpr std::chrono::seconds kAge{10};
  std::shared_ptr<NearDocuments> documents_;
  std::chrono::steady_clock::time_point read_;
};

JobWorkers::JobWorkers(JobTable& table, const CoreGate& gate, std::size_t threads,
                       const ProtocolOptions& options)
    : table_(table), gate_(gate), options_(options) {
  for (std::size_t i = 0; i < threads; ++i)
    threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
}

JobWorkers::~JobWorkers() {
  for (std::jthread& thread : threads_) thread.request_stop();
}

void JobWorkers::work(const std::stop_token& stop) {
  Near near;
  while (!stop.stop_requested() && gate_.refuse_early({})) std::this_thread::sleep_for(kCorePause);
  while (const auto work = table_.take(stop)) {
    std::stop_source either;  // the job is cancelled, or the server stops
    const std::stop_callback on_stop(stop, [&] { either.request_stop(); });
    const std::stop_callback on_cancel(work->call.cancel, [&] { either.request_stop(); });
    try {
      do_work(*work, {either.get_token(), work->call.flow}, near);
    } catch (const std::exception&) {  // no memory, or no thread
      table_.give_back(*work, kMemoryPause, busy_refusal().message);
    }
  }
}

void JobWorkers::do_work(const JobWork& work, const CallContext& call, Near& near) {
  JobItems items(table_, work, gate_, call.cancel);
  const PrincipalPtr owner = gate_.holder(work.spec->owner);
  if (!owner) {
    for (const std::size_t item : work.items) items.fail(item, "the token that sent it has been revoked");
    return items.give_back();
  }
  if (work.kind == JobKind::kFiles) {
    add_files(work, items);
  } else if (const Status read = add_documents(work, items); !read.ok()) {
    for (const std::size_t item : work.items) items.fail(item, read.message());
    return items.give_back();
  }
  IngestSettings settings = sent_settings(work.spec->options, options_, call);
  settings.near = near.documents();
  PrincipalCore core = gate_.core(owner, work.spec->collection);
  const Status begun = items.run(core, settings);
  if (!begun.ok() && !call.cancel.stop_requested()) {
    const Refusal refusal = gate_.refuse({}, begun);
    return table_.give_back(work, pause_after(refusal), refusal.message);
  }
  items.give_back();
  if (work.kind == JobKind::kDocuments) forget_documents(work.id);
}

void JobWorkers::add_files(const JobWork& work, JobItems& items) const {
  for (const std::size_t item : work.items) items.add_file(item);
}

Status JobWorkers::add_documents(const JobWork& work, JobItems& items) {
  RAPPEL_ASSIGN(const Documents all, documents_of(work));
  std::size_t text = 0;
  for (const std::size_t item : work.items) {
    if (text >= kMostText) break;
    text += (*all)[item].text.size();
    items.add_document(item, (*all)[item]);
  }
  return {};
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
    documents = read_upsert_request(*value, options_.max_documents, errors);
  if (!errors.empty() || documents.size() != work.spec->documents)
    return Status(Code::kCorrupt, "the server cannot read the documents any more; send them again");
  documents_ = std::make_shared<const std::vector<DocumentInput>>(std::move(documents));
  documents_job_ = work.id;
  return documents_;
}

void JobWorkers::forget_documents(const std::string& job) {
  const auto view = table_.view(job);
  if (view && !has_ended(view->state)) return;
  const std::lock_guard lock(documents_mutex_);
  if (documents_job_ != job) return;
  documents_ = nullptr;
  documents_job_.clear();
}

}  // namespace rappel
