#include "server/vector_stores/store_workers.h"

#include <chrono>
#include <deque>
#include <exception>
#include <functional>
#include <optional>
#include <set>
#include <utility>

#include "server/input/ingest_items.h"

namespace rappel {
namespace {

constexpr std::chrono::seconds kMemoryPause{30};
constexpr std::chrono::milliseconds kCorePause{200};

// Names the log lines about failures of the store.
const RequestHead& work_head() {
  static const RequestHead head = background_head("/v1/vector_stores/{id}/files");
  return head;
}

FileOutcome failed(std::string code, std::string message) {
  return {FileState::kFailed, std::move(code), std::move(message)};
}

// Errors in OpenAI's words: a format that is not read, or a file that cannot be.
FileOutcome outcome_of(const IngestResult& result, const IngestItems::Failure* failure) {
  if (failure != nullptr && failure->refusal) return failed("server_error", result.detail);
  if (failure != nullptr)
    return failed(failure->status.code() == Code::kUnsupported ? "unsupported_file" : "invalid_file",
                  result.detail);
  if (result.state != IngestResult::State::kStored) return failed("invalid_file", result.detail);
  return {};
}

class StoreItems : public IngestItems {
 public:
  StoreItems(FilesInStores& stores, const StoreWork& work, const CoreGate& gate, const std::stop_token& stop)
      : IngestItems(gate, work_head()),
        stores_(stores),
        work_(work),
        settled_(work.files.size()),
        on_stop_(stop, [this] { end_.request_stop(); }) {}

  void add(std::size_t index, std::filesystem::path content) {
    const StoredFile& file = work_.files[index];
    Metadata metadata;
    metadata.source = "file";
    metadata.custom = metadata_of(file.attributes);
    memory_.emplace_back(nullptr, "", kMostOfABackgroundFile);
    FoundFile found = sent_file({file.name, file.content_type, {}, nullptr, {}, std::move(metadata)}, index,
                                &memory_.back());
    auto sent = std::make_shared<SentFile>(*found.sent);
    sent->document_id = file.file_id;
    sent->chunks = file.chunks;
    found.sent = std::move(sent);
    found.path = std::move(content);
    found.bytes = file.bytes;
    found_.texts.push_back(std::move(found));
  }

  void settle(std::size_t index, const FileOutcome& outcome) {
    if (settled_[index]) return;
    settled_[index] = true;
    if (stores_.settle(work_.store, work_.files[index], outcome))
      leaving_.push_back(work_.files[index].file_id);
  }
  Status run(Core& core, const IngestSettings& settings) {
    return found_.texts.empty() ? Status() : core.ingest(found_, settings, *this, end_.get_token());
  }
  // Those that have no result wait again.
  void give_back(std::chrono::seconds pause) {
    StoreWork rest{work_.store, work_.owner, {}};
    for (std::size_t i = 0; i < settled_.size(); ++i)
      if (!settled_[i]) rest.files.push_back(work_.files[i]);
    if (rest.files.empty()) return;
    for (const StoredFile& file : stores_.give_back(rest, pause)) leaving_.push_back(file.file_id);
  }
  const std::vector<std::string>& leaving() const { return leaving_; }
  const std::optional<Refusal>& refusal() const { return refusal_; }

 private:
  void done(std::size_t index, IngestResult result, const Failure* failure) override {
    if (index < settled_.size()) settle(index, outcome_of(result, failure));
  }
  void put_off(const Refusal& refusal) override {
    refusal_ = refusal;
    end_.request_stop();
  }

  FilesInStores& stores_;
  const StoreWork& work_;
  std::vector<bool> settled_;
  std::vector<std::string> leaving_;
  FoundFiles found_;
  std::deque<ByteHold> memory_;
  std::optional<Refusal> refusal_;
  std::stop_source end_;
  const std::stop_callback<std::function<void()>> on_stop_;
};

}  // namespace

StoreWorkers::StoreWorkers(FilesInStores& stores, UploadedFiles& files, const CoreGate& gate,
                           std::size_t threads, const ProtocolOptions& options)
    : stores_(stores), files_(files), gate_(gate), options_(options) {
  for (std::size_t i = 0; i < threads; ++i)
    threads_.emplace_back([this, i](const std::stop_token& stop) {
      while (!stop.stop_requested() && gate_.refuse_early({})) std::this_thread::sleep_for(kCorePause);
      if (i == 0 && !stop.stop_requested()) {
        forget_dropped();
        resume_removals(stop);
      }
      run(stop);
    });
}

StoreWorkers::~StoreWorkers() {
  for (std::jthread& thread : threads_) thread.request_stop();
}

// Collections that were dropped another way.
void StoreWorkers::forget_dropped() {
  if (!gate_.collections(admin_principal())) return;  // another datastore is in use
  for (const std::string& store : stores_.stores())
    if (store != kDefaultCollection && is_gone(store, no_such_collection(store))) stores_.forget(store);
}

void StoreWorkers::resume_removals(const std::stop_token& stop) {
  for (const auto& [store, file] : stores_.leaving())
    if (!stop.stop_requested()) remove_document(store, file, stop);
}

void StoreWorkers::run(const std::stop_token& stop) {
  while (const auto work = stores_.take(stop)) {
    try {
      do_work(*work, stop);
    } catch (const std::exception&) {  // no memory, or no thread
      (void)stores_.give_back(*work, kMemoryPause);
    }
  }
}

void StoreWorkers::do_work(const StoreWork& work, const std::stop_token& stop) {
  StoreItems items(stores_, work, gate_, stop);
  const PrincipalPtr owner = gate_.holder(work.owner);
  for (std::size_t i = 0; i < work.files.size(); ++i) {
    const auto file = files_.find(work.files[i].file_id);
    if (!owner)
      items.settle(i, failed("server_error", "the token that added the file has been revoked"));
    else if (!file)
      items.settle(i, failed("invalid_file", "the file was deleted before it was read"));
    else
      items.add(i, files_.content(file->id));
  }
  std::chrono::seconds pause{0};
  if (owner) {
    IngestSettings settings = sent_settings({}, options_, {stop, std::hash<std::string>()(work.owner)});
    settings.find_similar = false;
    PrincipalCore core = gate_.core(owner, work.store);
    const Status begun = items.run(core, settings);
    if (begun.code() == Code::kUnauthenticated || is_gone(work.store, begun)) {
      for (std::size_t i = 0; i < work.files.size(); ++i)
        items.settle(i, failed("server_error", begun.message()));
    } else if (!begun.ok() && !stop.stop_requested()) {
      pause = pause_after(gate_.refuse(work_head(), begun));
    }
  }
  if (items.refusal()) pause = pause_after(*items.refusal());
  items.give_back(pause);
  for (const std::string& file : items.leaving()) remove_document(work.store, file, stop);
}

// A collection that is being dropped may stay (CollectionHost::drop).
bool StoreWorkers::is_gone(const std::string& store, const Status& failure) const {
  if (failure.code() != Code::kNotFound) return false;
  auto host = gate_.collections(admin_principal());
  return !host || host->find(store).status().code() == Code::kNotFound;
}

// The owner was allowed to when the file left.
void StoreWorkers::remove_document(const std::string& store, const std::string& file,
                                   const std::stop_token& stop) {
  PrincipalCore core = gate_.core(admin_principal(), store);
  const auto removed = core.remove({.ids = {file}, .filter = {}}, stop);
  if (removed.ok() || removed.status().code() == Code::kNotFound)
    stores_.left(store, file);
  else
    (void)gate_.refuse(work_head(), removed.status());  // the log has it; the next start tries again
}

}  // namespace rappel
