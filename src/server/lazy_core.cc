#include "server/lazy_core.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/log.h"

namespace rappel {

LazyCore::LazyCore(Loader loader, Logger* logger, std::chrono::milliseconds pause)
    : loader_(std::move(loader)), logger_(logger), pause_(pause) {}

LazyCore::~LazyCore() {
  if (thread_.joinable()) thread_.join();
}

Readiness LazyCore::readiness() const {
  const std::lock_guard lock(mutex_);
  return state_ == Readiness::kReady ? core_->readiness() : state_;
}

Status LazyCore::writable() const {
  const std::lock_guard lock(mutex_);
  return state_ == Readiness::kReady ? core_->writable() : Status();
}

bool LazyCore::index_degraded() const {
  const std::lock_guard lock(mutex_);
  return state_ == Readiness::kReady && core_->index_degraded();
}

// The core, after waiting for it where that is needed.
Result<Core*> LazyCore::loaded(const std::stop_token& cancel) {
  std::unique_lock lock(mutex_);
  if (state_ == Readiness::kIdle || (state_ == Readiness::kFailed && Clock::now() >= failed_at_ + pause_))
    begin();
  if (!changed_.wait(lock, cancel, [this] { return state_ != Readiness::kLoading; }))
    return Status(Code::kCancelled, "the request was cancelled while the models were loading");
  if (state_ != Readiness::kReady)
    return Status(Code::kUnavailable, "failed to load models; the log says why")
        .with_retry_after(seconds_to_next_try());
  return core_.get();
}

// Under the mutex.
void LazyCore::begin() {
  if (thread_.joinable()) thread_.join();  // of a failed attempt: it has nothing more to do
  state_ = Readiness::kLoading;
  thread_ = std::thread([this] { load(); });
}

void LazyCore::load() {
  if (logger_ != nullptr) logger_->info("a request needs the models: loading");
  auto core = [this]() -> Result<std::unique_ptr<Core>> {
    try {
      return loader_();
    } catch (const std::exception& error) {  // of a library, or memory
      return Status(Code::kInternal, "loading failed", error.what());
    }
  }();
  const std::lock_guard lock(mutex_);
  if (core.ok()) {
    core_ = std::move(core).value();
    state_ = Readiness::kReady;
  } else {
    if (logger_ != nullptr)
      logger_->error("failed to load models: {}; rejecting requests, next attempt in {} s",
                     core.status().to_string(), std::chrono::ceil<std::chrono::seconds>(pause_).count());
    failed_at_ = Clock::now();
    state_ = Readiness::kFailed;
  }
  changed_.notify_all();
}

// Under the mutex.
int LazyCore::seconds_to_next_try() const {
  const auto left = std::chrono::ceil<std::chrono::seconds>(failed_at_ + pause_ - Clock::now()).count();
  return static_cast<int>(std::max<std::chrono::seconds::rep>(1, left));
}

Result<std::shared_ptr<Core>> LazyCore::view_of(const PrincipalPtr& principal,
                                                const std::stop_token& cancel) {
  RAPPEL_ASSIGN(Core * core, loaded(cancel));
  return core->view_of(principal, cancel);
}

Result<std::vector<std::string>> LazyCore::upsert(std::vector<DocumentInput> documents,
                                                  const CallContext& call) {
  RAPPEL_ASSIGN(Core * core, loaded(call.cancel));
  return core->upsert(std::move(documents), call);
}

Status LazyCore::ingest(const FoundFiles& found, const IngestSettings& settings, IngestObserver& observer,
                        const std::stop_token& stop) {
  RAPPEL_ASSIGN(Core * core, loaded(stop));
  return core->ingest(found, settings, observer, stop);
}

Result<std::vector<QueryOutput>> LazyCore::query(const std::vector<QueryInput>& queries,
                                                 const RequestContext& context) {
  RAPPEL_ASSIGN(Core * core, loaded(context.cancel));
  return core->query(queries, context);
}

Result<WhyAnswer> LazyCore::why(WhyInput input, const RequestContext& context) {
  RAPPEL_ASSIGN(Core * core, loaded(context.cancel));
  return core->why(std::move(input), context);
}

Result<std::size_t> LazyCore::remove(const DeleteInput& request, std::stop_token cancel) {
  RAPPEL_ASSIGN(Core * core, loaded(cancel));
  return core->remove(request, std::move(cancel));
}

Result<ServedModels> LazyCore::models(const std::stop_token& cancel) {
  RAPPEL_ASSIGN(Core * core, loaded(cancel));
  return core->models(cancel);
}

Result<std::optional<DocumentChunks>> LazyCore::chunks(const ChunkRange& range,
                                                       const RequestContext& context) {
  RAPPEL_ASSIGN(Core * core, loaded(context.cancel));
  return core->chunks(range, context);
}

Result<DocumentPage> LazyCore::list(const Filter& filter, std::size_t offset, std::size_t limit,
                                    const RequestContext& context) {
  RAPPEL_ASSIGN(Core * core, loaded(context.cancel));
  return core->list(filter, offset, limit, context);
}

Result<std::optional<DocumentText>> LazyCore::document(const DocumentPart& part,
                                                       const RequestContext& context) {
  RAPPEL_ASSIGN(Core * core, loaded(context.cancel));
  return core->document(part, context);
}

}  // namespace rappel
