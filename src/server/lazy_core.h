// LazyCore: a Core that is made when the first request needs it.
//
// The loader runs on a thread of its own and goes on when the request that asked for it is cancelled.
// Requests that come meanwhile wait for it until they are cancelled. After a failed load all requests that
// waited get kUnavailable, as do those that come within `pause`, with the seconds that are left; the first
// request after that tries again. The cause is logged once per attempt. All methods may be called from any
// thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "server/core.h"

namespace rappel {

class Logger;

class LazyCore : public Core {
 public:
  using Loader = std::function<Result<std::unique_ptr<Core>>()>;
  // `logger` may be null.
  LazyCore(Loader loader, Logger* logger, std::chrono::milliseconds pause = std::chrono::seconds(10));
  ~LazyCore() override;  // waits for a load that is running

  Result<std::shared_ptr<Core>> view_of(const PrincipalPtr& principal,
                                        const std::stop_token& cancel) override;
  Readiness readiness() const override;
  Status writable() const override;
  bool index_degraded() const override;
  Result<std::vector<std::string>> upsert(std::vector<DocumentInput> documents,
                                          const CallContext& call) override;
  Status ingest(const FoundFiles& found, const IngestSettings& settings, IngestObserver& observer,
                const std::stop_token& stop) override;
  Result<std::vector<QueryOutput>> query(const std::vector<QueryInput>& queries,
                                         const RequestContext& context) override;
  Result<WhyAnswer> why(WhyInput input, const RequestContext& context) override;
  Result<std::size_t> remove(const DeleteInput& request, std::stop_token cancel) override;
  Result<ServedModels> models(const std::stop_token& cancel) override;
  Result<std::optional<DocumentChunks>> chunks(const ChunkRange& range,
                                               const RequestContext& context) override;
  Result<DocumentPage> list(const Filter& filter, std::size_t offset, std::size_t limit,
                            const RequestContext& context) override;
  Result<std::optional<DocumentText>> document(const DocumentPart& part,
                                               const RequestContext& context) override;

 private:
  using Clock = std::chrono::steady_clock;
  Result<Core*> loaded(const std::stop_token& cancel);
  void begin();
  void load();
  int seconds_to_next_try() const;

  const Loader loader_;
  Logger* const logger_;
  const std::chrono::milliseconds pause_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  Readiness state_ = Readiness::kIdle;
  Clock::time_point failed_at_;
  std::unique_ptr<Core> core_;  // set once
  std::thread thread_;
};

}  // namespace rappel
