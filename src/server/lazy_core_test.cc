#include "server/lazy_core.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "base/log.h"

namespace rappel {
namespace {

using std::chrono::milliseconds;

class CountingCore : public Core {
 public:
  explicit CountingCore(std::atomic<int>& requests) : requests_(requests) {}
  Result<std::vector<std::string>> upsert(std::vector<DocumentInput>, const CallContext&) override {
    return ids();
  }
  Status ingest(const FoundFiles&, const IngestSettings&, IngestObserver&, const std::stop_token&) override {
    ++requests_;
    return {};
  }
  Result<std::vector<QueryOutput>> query(const std::vector<QueryInput>& queries,
                                         const RequestContext&) override {
    ++requests_;
    return std::vector<QueryOutput>(queries.size());
  }
  Result<std::size_t> remove(const DeleteInput&, std::stop_token) override {
    return static_cast<std::size_t>(++requests_);
  }
  Result<DocumentPage> list(const Filter&, std::size_t, std::size_t, const RequestContext&) override {
    ++requests_;
    return DocumentPage();
  }

 private:
  std::vector<std::string> ids() { return {std::to_string(++requests_)}; }
  std::atomic<int>& requests_;
};

class LazyCoreTest : public testing::Test {
 protected:
  // Every load waits until the test opens its gate.
  LazyCore::Loader loader() {
    return [this]() -> Result<std::unique_ptr<Core>> {
      const int attempt = loads++;
      if (attempt < static_cast<int>(gates_.size()))
        gates_[static_cast<std::size_t>(attempt)].get_future().wait();
      if (attempt < failures) return Status(Code::kNotFound, "no such model", "its folder is gone");
      return std::unique_ptr<Core>(std::make_unique<CountingCore>(requests));
    };
  }
  static Status ask(LazyCore& core, std::stop_token cancel = {}) {
    return core.query({{}}, {std::move(cancel)}).status();
  }

  std::atomic<int> requests{0}, loads{0};
  int failures = 0;
  std::string log_;
  std::unique_ptr<Logger> logger_ = Logger::to_string(&log_);
  std::vector<std::promise<void>> gates_;
};

TEST_F(LazyCoreTest, FirstRequestLoadsAndOthersWait) {
  gates_.resize(1);
  LazyCore core(loader(), logger_.get());
  EXPECT_EQ(core.readiness(), Readiness::kIdle);
  EXPECT_EQ(loads, 0);
  std::vector<std::future<Status>> waiting;
  for (int i = 0; i < 5; ++i) waiting.push_back(std::async(std::launch::async, [&] { return ask(core); }));
  waiting.push_back(std::async(std::launch::async, [&] { return core.list({}, 0, 1, {}).status(); }));
  waiting.push_back(std::async(std::launch::async, [&] { return core.remove({}, {}).status(); }));
  waiting.push_back(std::async(std::launch::async, [&] { return core.upsert({}, {}).status(); }));
  for (auto& one : waiting) EXPECT_EQ(one.wait_for(milliseconds(5)), std::future_status::timeout);
  EXPECT_EQ(core.readiness(), Readiness::kLoading);
  gates_[0].set_value();
  for (auto& one : waiting) EXPECT_TRUE(one.get().ok());
  EXPECT_EQ(core.readiness(), Readiness::kReady);
  EXPECT_EQ(loads, 1);
  EXPECT_EQ(requests, 8);
}

TEST_F(LazyCoreTest, CancellingARequestDoesNotStopTheLoad) {
  gates_.resize(1);
  LazyCore core(loader(), logger_.get());
  std::stop_source leave;
  auto gone = std::async(std::launch::async, [&] { return ask(core, leave.get_token()); });
  while (core.readiness() != Readiness::kLoading) std::this_thread::yield();
  leave.request_stop();
  EXPECT_EQ(gone.get().code(), Code::kCancelled);
  gates_[0].set_value();
  EXPECT_TRUE(ask(core).ok());
  EXPECT_EQ(loads, 1);
}

TEST_F(LazyCoreTest, EveryKindOfRequestCanBeCancelledDuringALoad) {
  gates_.resize(1);
  LazyCore core(loader(), logger_.get());
  std::stop_source leave;
  const auto begin = [&](auto ask_core) { return std::async(std::launch::async, ask_core); };
  std::vector<std::future<Status>> waiting;
  waiting.push_back(begin([&] { return core.list({}, 0, 1, {leave.get_token()}).status(); }));
  waiting.push_back(begin([&] { return core.remove({}, leave.get_token()).status(); }));
  waiting.push_back(begin([&] { return core.upsert({}, leave.get_token()).status(); }));
  waiting.push_back(begin([&] { return core.query({}, {leave.get_token()}).status(); }));
  while (core.readiness() != Readiness::kLoading) std::this_thread::yield();
  leave.request_stop();
  for (auto& one : waiting) EXPECT_EQ(one.get().code(), Code::kCancelled);
  EXPECT_EQ(requests, 0);
  gates_[0].set_value();
}

TEST_F(LazyCoreTest, FailedLoadAnswersAllForThePauseAndIsLoggedOnce) {
  failures = 1;
  LazyCore core(loader(), logger_.get(), std::chrono::hours(1));
  for (int i = 0; i < 3; ++i) {
    const Status status = ask(core);
    EXPECT_EQ(status.code(), Code::kUnavailable);
    EXPECT_GT(status.retry_after(), 3000);
    EXPECT_LE(status.retry_after(), 3600);
  }
  EXPECT_EQ(core.readiness(), Readiness::kFailed);
  EXPECT_EQ(loads, 1);
  const std::size_t said = log_.find("no such model (its folder is gone)");
  EXPECT_NE(said, std::string::npos) << log_;
  EXPECT_EQ(log_.find("no such model", said + 1), std::string::npos) << log_;
}

TEST_F(LazyCoreTest, RequestsAfterThePauseTryAgain) {
  failures = 2;
  LazyCore core(loader(), nullptr, milliseconds(0));
  EXPECT_EQ(ask(core).code(), Code::kUnavailable);
  EXPECT_EQ(ask(core).code(), Code::kUnavailable);
  EXPECT_TRUE(ask(core).ok());
  EXPECT_TRUE(ask(core).ok());
  EXPECT_EQ(loads, 3);
  EXPECT_EQ(core.readiness(), Readiness::kReady);
}

TEST_F(LazyCoreTest, LoaderThatThrowsHasFailed) {
  LazyCore core([]() -> Result<std::unique_ptr<Core>> { throw std::bad_alloc(); }, logger_.get());
  EXPECT_EQ(ask(core).code(), Code::kUnavailable);
  EXPECT_NE(log_.find("bad_alloc"), std::string::npos) << log_;
}

TEST_F(LazyCoreTest, DestructorWaitsForARunningLoad) {
  gates_.resize(1);
  auto core = std::make_unique<LazyCore>(loader(), nullptr);
  std::stop_source leave;
  leave.request_stop();
  EXPECT_EQ(ask(*core, leave.get_token()).code(), Code::kCancelled);
  auto end = std::async(std::launch::async, [&] { core.reset(); });
  EXPECT_EQ(end.wait_for(milliseconds(5)), std::future_status::timeout);
  gates_[0].set_value();
  end.get();
}

}  // namespace
}  // namespace rappel
