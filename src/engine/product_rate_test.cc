#include "engine/product_rate.h"

#include <gtest/gtest.h>

#include "base/thread_pool.h"
#include "engine/cpu/cpu_device.h"

namespace rappel {
namespace {

TEST(ProductRate, EveryWeightKindAndShape) {
  ThreadPool pool(2);
  const auto device = make_cpu_device(pool, {});
  for (const WeightKind kind :
       {WeightKind::kFloat32, WeightKind::kHalf, WeightKind::kW8A16, WeightKind::kInt8})
    for (const int inputs : {96, 384}) {
      const auto rate = product_rate(*device, kind, inputs, 4 * inputs, 0);
      ASSERT_TRUE(rate.ok()) << rate.status().to_string();
      EXPECT_GT(*rate, 1e6) << weight_kind_name(kind);
    }
}

}  // namespace
}  // namespace rappel
