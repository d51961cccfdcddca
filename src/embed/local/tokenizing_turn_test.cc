#include "embed/local/tokenizing_turn.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace rappel {
namespace {

TEST(TokenizingTurn, LargeRequestsGoOneAfterAnother) {
  TicketLock turn;
  std::atomic<int> inside{0}, done{0};
  std::vector<std::thread> requests;
  for (int i = 0; i < 4; ++i)
    requests.emplace_back([&] {
      TokenizingTurn mine(turn, kLargeRequest + 1);
      for (int text = 0; text < 1000; ++text) {
        mine.next(10'000);
        EXPECT_EQ(++inside, 1);
        std::this_thread::yield();
        --inside;
      }
      ++done;
    });
  for (std::thread& request : requests) request.join();
  EXPECT_EQ(done, 4);
}

TEST(TokenizingTurn, SmallRequestsPass) {
  TicketLock turn;
  TokenizingTurn large(turn, kLargeRequest + 1), small(turn, kLargeRequest);
  large.next(10);
  small.next(kLargeRequest);
  EXPECT_EQ(turn.taken(), 1u);
}

TEST(TokenizingTurn, TurnIsGivenAwayAfterSomeText) {
  TicketLock turn;
  TokenizingTurn large(turn, 10 * kLargeRequest);
  large.next(10 * kLargeRequest);
  std::atomic<bool> other{false};
  std::thread thread([&] {
    TokenizingTurn mine(turn, 10 * kLargeRequest);
    mine.next(1);
    other = true;
  });
  while (turn.taken() < 2) std::this_thread::yield();
  large.next(1);  // blocks until the other has had its turn
  EXPECT_TRUE(other);
  thread.join();
}

}  // namespace
}  // namespace rappel
