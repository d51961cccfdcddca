#include "engine/metal/inference_thread.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

namespace rappel::metal {
namespace {

TEST(InferenceThread, RunsWorkOnOneThreadOneAtATime) {
  std::set<std::thread::id> ids;  // no lock on purpose
  int runs = 0;
  {
    InferenceThread thread;
    std::vector<std::thread> callers;
    for (int caller = 0; caller < 4; ++caller)
      callers.emplace_back([&] {
        for (int i = 0; i < 50; ++i) {
          bool done = false;
          thread.run([&] {
            ids.insert(std::this_thread::get_id());
            ++runs;
            done = true;
          });
          EXPECT_TRUE(done);
        }
      });
    for (std::thread& caller : callers) caller.join();
  }
  EXPECT_EQ(runs, 200);
  EXPECT_EQ(ids.size(), 1u);
  EXPECT_EQ(ids.count(std::this_thread::get_id()), 0u);
}

TEST(InferenceThread, DestructionWithoutWork) { InferenceThread thread; }

}  // namespace
}  // namespace rappel::metal
