#include "embed/local/fair_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <vector>

namespace rappel {
namespace {

// Requests with names; a text is taken whole, the first one of each request first.
class FairQueueTest : public testing::Test {
 protected:
  struct Named : QueuedRequest {
    std::string name;
    std::deque<std::size_t> texts;  // tokens
  };

  Named& arrive(const std::string& name, FlowId flow, int texts, std::size_t tokens,
                Priority priority = Priority::kInteractive) {
    Named& request = requests_[name];
    request.name = name;
    request.flow = flow;
    request.priority = priority;
    request.texts.assign(static_cast<std::size_t>(texts), tokens);
    request.waiting_tokens = static_cast<std::size_t>(texts) * tokens;
    queue_.add(request);
    return request;
  }

  // The names of the texts of the next batch, in order.
  std::vector<std::string> batch() {
    std::vector<std::string> names;
    std::size_t room = kBatch;
    queue_.begin_batch();
    while (QueuedRequest* next = queue_.next()) {
      Named& request = static_cast<Named&>(*next);
      const std::size_t tokens = request.texts.front();
      if (tokens > room && !names.empty()) {
        queue_.skip(request);
        continue;
      }
      names.push_back(request.name);
      served_[request.name] += tokens;
      room -= std::min(room, tokens);
      request.texts.pop_front();
      queue_.take(request, tokens, tokens);
      if (request.texts.empty()) queue_.remove(request);
    }
    return names;
  }
  // Batches until the request is served whole.
  int batches_until_done(const std::string& name) {
    int batches = 0;
    while (!requests_[name].texts.empty()) {
      batch();
      ++batches;
    }
    return batches;
  }

  static constexpr std::size_t kBatch = 100, kPiece = 400;
  FairQueue queue_{{.short_tokens = 400, .piece_tokens = kPiece}};
  std::map<std::string, Named> requests_;
  std::map<std::string, std::size_t> served_;  // tokens
};

using Names = std::vector<std::string>;

TEST_F(FairQueueTest, SmallRequestJoinsTheNextBatch) {
  for (int i = 0; i < 30; ++i) arrive("large" + std::to_string(i), 1, 1000, 100);
  for (int i = 0; i < 30; ++i) batch();
  arrive("same caller", 1, 1, 10);
  arrive("other caller", 2, 1, 10);
  EXPECT_EQ(batch(), (Names{"same caller", "other caller"})) << "a text of 100 does not fit beside them";
  EXPECT_EQ(batch(), Names{"large0"}) << "and then the long ones go on where they were";
}

TEST_F(FairQueueTest, QueryWithPassagesAfterAPauseIsComputedAtOnce) {
  for (int i = 0; i < 30; ++i) arrive("large" + std::to_string(i), 1, 1000, 50);
  for (int i = 0; i < 30; ++i) arrive("documents" + std::to_string(i), 1, 1000, 50, Priority::kBulk);
  batch();
  arrive("passages", 1, 8, 50);  // four batches alone
  EXPECT_EQ(batches_until_done("passages"), 4);
}

TEST_F(FairQueueTest, ShortRequestsThatNeverPauseGetHalf) {
  for (int i = 0; i < 30; ++i) arrive("large" + std::to_string(i), 1, 1000, 50);
  for (int i = 0; i < 30; ++i) arrive("documents" + std::to_string(i), 1, 1000, 50, Priority::kBulk);
  for (int i = 0; i < 60; ++i) {  // one query after another, a batch between them
    arrive("passages" + std::to_string(i), 1, 8, 50);
    batches_until_done("passages" + std::to_string(i));
    batch();
  }
  std::size_t others = 0;
  for (int i = 0; i < 30; ++i)
    others += served_["large" + std::to_string(i)] + served_["documents" + std::to_string(i)];
  EXPECT_NEAR(static_cast<double>(others), 60 * 400, 2 * kPiece);
}

TEST_F(FairQueueTest, FlowsShareTokensNotRequests) {
  for (int i = 0; i < 20; ++i) arrive("a" + std::to_string(i), 1, 1000, 20);
  arrive("b", 2, 1000, 20);
  for (int i = 0; i < 400; ++i) batch();
  EXPECT_NEAR(static_cast<double>(served_["b"]), 20'000, kPiece);
}

TEST_F(FairQueueTest, LengthOfTextsDoesNotMatter) {
  arrive("one long text at a time", 1, 200, 300);
  arrive("many short ones", 2, 6000, 10);
  for (int i = 0; i < 300; ++i) batch();
  EXPECT_NEAR(static_cast<double>(served_["one long text at a time"]),
              static_cast<double>(served_["many short ones"]), kPiece);
}

TEST_F(FairQueueTest, BulkWorkGetsAQuarter) {
  arrive("documents", 1, 10'000, 20, Priority::kBulk);
  for (int i = 0; i < 6; ++i) arrive("long" + std::to_string(i), static_cast<FlowId>(2 + i), 10'000, 20);
  int number = 0;
  for (int i = 0; i < 400; ++i) {  // six clients whose queries never pause
    for (; queue_.interactive() < 12; ++number)
      arrive("query" + std::to_string(number), static_cast<FlowId>(2 + number % 6), 5, 10);
    batch();
  }
  EXPECT_NEAR(static_cast<double>(served_["documents"]), 10'000, kPiece);
}

TEST_F(FairQueueTest, BulkWorkGetsAThirdBesideQueriesAlone) {
  arrive("documents", 1, 10'000, 20, Priority::kBulk);
  int number = 0;
  for (int i = 0; i < 300; ++i) {
    while (queue_.interactive() < 6) arrive("query" + std::to_string(number++), 2, 5, 20);
    batch();
  }
  EXPECT_NEAR(static_cast<double>(served_["documents"]), 10'000, kPiece);
}

TEST_F(FairQueueTest, EqualRequestsKeepTheirOrder) {
  for (int i = 0; i < 5; ++i) arrive(std::to_string(i), 1, 3, 100);
  Names order;
  while (!queue_.empty())
    for (const std::string& name : batch()) order.push_back(name);
  EXPECT_EQ(order, (Names{"0", "0", "0", "1", "1", "1", "2", "2", "2", "3", "3", "3", "4", "4", "4"}));
}

TEST_F(FairQueueTest, SmallestAndOldestShareAFlow) {
  for (int i = 0; i < 30; ++i) arrive("large" + std::to_string(i), 1, 1000, 100);
  batch();
  arrive("smaller", 1, 9, 100);
  Names order;
  for (int i = 0; i < 17; ++i)
    for (const std::string& name : batch()) order.push_back(name);
  EXPECT_EQ(std::count(order.begin(), order.end(), "smaller"), 9);
  EXPECT_EQ(std::count(order.begin(), order.end(), "large0"), 8);
}

TEST_F(FairQueueTest, OldestGetsItsHalfAfterAnOlderOneHadEverything) {
  arrive("first", 1, 100, 100);
  arrive("second", 1, 200, 100);
  batches_until_done("first");
  arrive("small", 1, 50, 100);
  for (int i = 0; i < 40; ++i) batch();
  EXPECT_NEAR(static_cast<double>(served_["second"]), 2000, 100);
}

TEST_F(FairQueueTest, StreamOfSmallRequestsStarvesNobody) {
  arrive("patient", 1, 4, 100);  // as much as a short request may have
  int number = 0;
  for (int i = 0; i < 100 && !requests_["patient"].texts.empty(); ++i) {
    while (queue_.size() < 10) arrive("small" + std::to_string(number++), 1, 1, 50);
    batch();
  }
  EXPECT_TRUE(requests_["patient"].texts.empty());
}

TEST_F(FairQueueTest, StreamOfNewFlowsStarvesNobody) {
  arrive("patient", 1, 4, 100);
  int number = 0;
  for (int i = 0; i < 100 && !requests_["patient"].texts.empty(); ++i) {
    for (; queue_.size() < 10; ++number)
      arrive("small" + std::to_string(number), static_cast<FlowId>(10 + number), 1, 50);
    batch();
  }
  EXPECT_TRUE(requests_["patient"].texts.empty());
}

TEST_F(FairQueueTest, FlowGetsNoMoreByLeavingAndComingBack) {
  int number = 0;
  for (int i = 0; i < 40; ++i) arrive("steady" + std::to_string(i), 1, 4, 100);
  for (int i = 0; i < 60; ++i) {
    if (requests_["comes" + std::to_string(number)].texts.empty())
      arrive("comes" + std::to_string(++number), 2, 1, 100);
    batch();
  }
  std::size_t steady = 0;
  for (int i = 0; i < 40; ++i) steady += served_["steady" + std::to_string(i)];
  EXPECT_NEAR(static_cast<double>(steady), 3000, kPiece);
}

TEST_F(FairQueueTest, FlowThatWasServedLastIsOwedOnePieceAtMost) {
  for (int i = 0; i < 29; ++i) arrive("early" + std::to_string(i), static_cast<FlowId>(10 + i), 4, 100);
  for (int i = 0; i < 10; ++i) arrive("late" + std::to_string(i), 9, 4, 100);
  for (int i = 0; i < 29 * 4; ++i) batch();
  EXPECT_EQ(served_["late0"], 0u);
  arrive("small", 1, 1, 10);
  EXPECT_LE(batches_until_done("small"), 5);
}

TEST_F(FairQueueTest, LaneThatWasAloneHasNoDebt) {
  for (int i = 0; i < 100; ++i) arrive("queries" + std::to_string(i), 1, 4, 100);
  while (!queue_.empty()) batch();
  arrive("documents", 2, 1000, 100, Priority::kBulk);
  batch();
  arrive("query", 1, 1, 100);
  EXPECT_EQ(batch(), Names{"query"});
}

TEST_F(FairQueueTest, RequestsOfAnIdleQueueStartAfresh) {
  for (int round = 0; round < 3; ++round) {
    const std::string name = "r" + std::to_string(round);
    arrive(name, static_cast<FlowId>(round), 2, 50);
    EXPECT_EQ(batch(), (Names{name, name}));
    EXPECT_TRUE(queue_.empty());
    EXPECT_EQ(queue_.next(), nullptr);
  }
}

TEST_F(FairQueueTest, RemovedRequestIsServedNoMore) {
  Named& gone = arrive("gone", 1, 100, 100);
  arrive("stays", 1, 2, 100);
  queue_.remove(gone);
  queue_.remove(gone);
  EXPECT_EQ(queue_.size(), 1u);
  EXPECT_EQ(batch(), Names{"stays"});
}

TEST_F(FairQueueTest, EqualTextsCostNothing) {
  Named& equal = arrive("equal", 1, 50, 100);
  arrive("other", 2, 50, 100);
  queue_.begin_batch();
  for (int i = 0; i < 20; ++i) {
    equal.texts.pop_front();
    queue_.take(equal, 100, i == 0 ? 100 : 0);
  }
  for (int i = 0; i < 30; ++i) batch();
  EXPECT_NEAR(static_cast<double>(served_["equal"]), static_cast<double>(served_["other"]), kPiece);
}

}  // namespace
}  // namespace rappel
