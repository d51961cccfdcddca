#include "embed/local/pass_turn.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace rappel {
namespace {

using Work = PassTurn::Work;

class PassTurnTest : public ::testing::Test {
 protected:
  PassTurn turn;
  PassTurn::Place a{turn}, b{turn}, c{turn};

  // The name of the place that has the turn.
  std::string whose() const {
    return std::string(a.has_turn() ? "a" : "") + (b.has_turn() ? "b" : "") + (c.has_turn() ? "c" : "");
  }
};

TEST_F(PassTurnTest, TheFirstGetsItAtOnceAndTheOthersInOrderOfArrival) {
  a.ask(Work::kOrdinary);
  EXPECT_EQ(whose(), "a");
  c.ask(Work::kOrdinary);
  b.ask(Work::kOrdinary);
  a.release(Work::kNone);
  EXPECT_EQ(whose(), "c");
  c.release(Work::kNone);
  EXPECT_EQ(whose(), "b");
  b.release(Work::kNone);
  EXPECT_EQ(whose(), "");
}

TEST_F(PassTurnTest, AnUrgentOneGoesFirst) {
  a.ask(Work::kOrdinary);
  b.ask(Work::kOrdinary);
  c.ask(Work::kUrgent);
  a.release(Work::kNone);
  EXPECT_EQ(whose(), "c");
  c.release(Work::kNone);
  EXPECT_EQ(whose(), "b");
}

TEST_F(PassTurnTest, WaitingWorkMayBecomeUrgent) {
  a.ask(Work::kOrdinary);
  b.ask(Work::kOrdinary);
  c.ask(Work::kOrdinary);
  c.ask(Work::kUrgent);
  a.release(Work::kNone);
  EXPECT_EQ(whose(), "c");
}

TEST_F(PassTurnTest, UrgentWorkGetsItsPassesInARowAndOthersAQuarterOfTheTokens) {
  constexpr std::size_t kTokens = PassTurn::kBurst / 4;
  c.ask(Work::kOrdinary);
  a.ask(Work::kOrdinary);
  b.ask(Work::kUrgent);
  c.release(Work::kNone);
  std::string order;
  for (int pass = 0; pass < 14; ++pass) {
    order += whose();
    if (a.has_turn())
      a.release(Work::kOrdinary, kTokens);
    else
      b.release(Work::kUrgent, kTokens);
  }
  EXPECT_EQ(order, "bbbbabbbabbbab");
}

TEST_F(PassTurnTest, UrgentWorkThatNobodyElseWaitsForIsNotCounted) {
  b.ask(Work::kUrgent);
  for (int pass = 0; pass < 10; ++pass) b.release(Work::kUrgent, PassTurn::kBurst);
  c.ask(Work::kOrdinary);
  b.release(Work::kUrgent, 1);
  EXPECT_EQ(whose(), "b");
}

TEST_F(PassTurnTest, AQuestionCanBeTakenBack) {
  a.ask(Work::kOrdinary);
  b.ask(Work::kUrgent);
  c.ask(Work::kOrdinary);
  b.release(Work::kNone);
  EXPECT_EQ(whose(), "a");
  a.release(Work::kNone);
  EXPECT_EQ(whose(), "c");
}

TEST_F(PassTurnTest, APlaceThatGoesAwayGivesItsTurnOn) {
  auto gone = std::make_unique<PassTurn::Place>(turn);
  gone->ask(Work::kUrgent);
  a.ask(Work::kOrdinary);
  EXPECT_EQ(whose(), "");
  gone.reset();
  EXPECT_EQ(whose(), "a");
}

TEST_F(PassTurnTest, OrdinaryWorkAfterAnUrgentPassLetsTheNextUrgentQuestionPass) {
  b.ask(Work::kUrgent);
  a.ask(Work::kOrdinary);
  b.release(Work::kNone, 1);
  EXPECT_EQ(whose(), "a");
  c.ask(Work::kUrgent);
  std::string order;  // written by the thread that has the turn
  std::thread ordinary([&] {
    a.wait();
    order += 'a';
    a.release(Work::kNone, 1);
  });
  c.wait();
  order += 'c';
  c.release(Work::kNone, 1);
  ordinary.join();
  EXPECT_EQ(order, "ca");
}

TEST_F(PassTurnTest, ThePauseEndsWithoutAQuestion) {
  b.ask(Work::kUrgent);
  a.ask(Work::kOrdinary);
  b.release(Work::kNone, 1);
  a.wait();
  EXPECT_EQ(whose(), "a");
}

TEST_F(PassTurnTest, ThreadsNeverShareThePass) {
  int inside = 0, passes = 0;
  std::vector<std::thread> threads;
  for (PassTurn::Place* place : {&a, &b, &c})
    threads.emplace_back([&, place] {
      for (int i = 0; i < 500; ++i) {
        place->ask(i % 3 == 0 ? Work::kUrgent : Work::kOrdinary);
        place->wait();
        EXPECT_EQ(++inside, 1);
        ++passes;
        --inside;
        place->release(i % 2 == 0 && i < 499 ? Work::kOrdinary : Work::kNone);
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(passes, 1500);
}

}  // namespace
}  // namespace rappel
