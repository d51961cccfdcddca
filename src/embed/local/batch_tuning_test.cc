#include "embed/local/batch_tuning.h"

#include <gtest/gtest.h>

#include <map>

namespace rappel {
namespace {

using std::chrono::duration;

constexpr std::size_t kMost = 2048;  // of DeviceInfo

// An engine with a fixed cost per pass and one per token: half the top speed is reached at fixed / each
// tokens.
struct MadeUpEngine {
  double fixed, each;
  std::vector<std::size_t> passes = {};
  double spent = 0;

  double others = 0;  // CPUs of two that other programs use

  BatchChoice tune(double limit = 1e9) {
    BatchLimits limits;
    limits.time = duration<double>(limit);
    limits.most = kMost;
    limits.threads = 2;
    limits.load = [this, readings = 0.0]() mutable {
      readings += 1;
      return LoadSample{.at = readings, .own = readings, .all = readings * (1 + others), .cpus = 2};
    };
    auto choice = choose_batch_tokens(limits, [this](std::size_t tokens) -> Result<double> {
      passes.push_back(tokens);
      const double seconds = fixed + each * static_cast<double>(tokens);
      if (passes.size() > 1) spent += seconds;
      return seconds;
    });
    EXPECT_TRUE(choice.ok());
    return *choice;
  }
};

TEST(BatchTuning, ChoosesSmallestNearlyFastestSize) {
  EXPECT_EQ((MadeUpEngine{.fixed = 0, .each = 1e-4}.tune().tokens), 256u);
  // The sizes reach 0.83, 0.93, 0.98 of the speed at 2048: 1024 is the first within 5 %.
  EXPECT_EQ((MadeUpEngine{.fixed = 60e-4, .each = 1e-4}.tune().tokens), 1024u);
  EXPECT_EQ((MadeUpEngine{.fixed = 1, .each = 1e-4}.tune().tokens), 2048u);
}

TEST(BatchTuning, StaysWithinItsTime) {
  for (const double each : {1e-6, 1e-5, 1e-4, 3e-4, 1e-3, 1e-2}) {
    MadeUpEngine engine{.fixed = 1e-3, .each = each};
    const BatchChoice choice = engine.tune(0.5);
    EXPECT_LE(engine.spent, 0.5) << each;
    EXPECT_GE(choice.tokens, kLeastBatchTokens);
    EXPECT_LE(choice.tokens, kMost);
    EXPECT_EQ(engine.passes.size(), 1 + 2 * choice.measured.size());
  }
  MadeUpEngine slow{.fixed = 0, .each = 4e-3};
  const BatchChoice choice = slow.tune(0.5);
  EXPECT_EQ(choice.tokens, kLeastBatchTokens);
  EXPECT_EQ(choice.to_string(), "256 tokens (too slow to compare)");
}

TEST(BatchTuning, SizesTakeTurns) {
  MadeUpEngine engine{.fixed = 0, .each = 1e-4};
  engine.tune();
  EXPECT_EQ(engine.passes, (std::vector<std::size_t>{64, 256, 512, 1024, 2048, 256, 512, 1024, 2048}));
}

TEST(BatchTuning, ABusyMachineGivesTheUsualSize) {
  // An engine for which 2048 is best by far: only the load can make it 512.
  MadeUpEngine busy{.fixed = 1, .each = 1e-4, .others = 1.5};
  const BatchChoice choice = busy.tune();
  EXPECT_EQ(choice.tokens, 512u);
  EXPECT_TRUE(choice.measured.empty());
  EXPECT_EQ(choice.to_string(),
            "512 tokens (not measured: the machine is busy (other programs use 1.5 of 2 CPUs))");
}

TEST(BatchTuning, SaysWhatItMeasuredAndPassesFailuresOn) {
  const BatchChoice choice{512, false, {{256, 7010.4}, {512, 7390}}};
  EXPECT_EQ(choice.to_string(), "512 tokens (256: 7010/s, 512: 7390/s)");
  const auto failed = choose_batch_tokens({}, [](std::size_t tokens) -> Result<double> {
    if (tokens > 300) return Status(Code::kResourceExhausted, "no memory");
    return 1e-3;
  });
  EXPECT_EQ(failed.status().code(), Code::kResourceExhausted);
}

TEST(BatchTuning, RepeatedSizesRunThreeTimes) {
  constexpr std::size_t kSizes[] = {16, 32, 200};
  DeviceInfo device;
  const std::vector<std::int32_t> text(100, 5);
  std::vector<std::size_t> passes;
  const auto forward = [&](const PackedTokens& batch) {
    passes.push_back(batch.tokens());
    return Status();
  };
  EXPECT_TRUE(repeat_sizes(device, {}, text, forward).ok());
  EXPECT_TRUE(passes.empty());
  device.repeated_tokens = kSizes;
  EXPECT_TRUE(repeat_sizes(device, {}, text, forward).ok());
  EXPECT_EQ(passes, (std::vector<std::size_t>{16, 16, 16, 32, 32, 32, 200, 200, 200}));
  const auto lost = [](const PackedTokens&) { return Status(Code::kUnavailable, "lost"); };
  EXPECT_EQ(repeat_sizes(device, {}, text, lost).code(), Code::kUnavailable);
}

}  // namespace
}  // namespace rappel
