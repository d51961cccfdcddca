// Tests of the emulation: fragment layouts of the PTX manual, and errors that it must detect.
#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "engine/cuda/test_emulation.h"
#include "engine/test_model.h"

namespace rappel::cuda {
namespace {

std::uint16_t half_at(unsigned pair, int which) { return static_cast<std::uint16_t>(pair >> (16 * which)); }

TEST(Emulation, LdmatrixLayoutMatchesThePtxManual) {
  // Four matrices of 8 x 8 whose elements are their index: 64 m + 8 row + column.
  alignas(16) static std::uint16_t matrices[4][8][8];
  for (int i = 0; i < 256; ++i) (&matrices[0][0][0])[i] = static_cast<std::uint16_t>(i);
  run_blocks({}, 32, [] {
    const int lane = static_cast<int>(threadIdx.x);
    unsigned plain[4], transposed[4];
    load_matrices(plain, matrices[lane / 8][lane % 8]);
    load_matrices_transposed(transposed, matrices[lane / 8][lane % 8]);
    for (int m = 0; m < 4; ++m)
      for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(half_at(plain[m], i), 64 * m + 8 * (lane / 4) + 2 * (lane % 4) + i);
        EXPECT_EQ(half_at(transposed[m], i), 64 * m + 8 * (2 * (lane % 4) + i) + lane / 4);
      }
  });
}

// Formulas of the PTX manual for mma.m16n8k16: A's element i of a lane has row lane / 4, + 8 for i = 2, 3, 6,
// 7, and column 2 (lane % 4) + i % 2, + 8 from i = 4 on; B's has row 2 (lane % 4) + i % 2, + 8 from i = 2 on,
// and column lane / 4; C's has row lane / 4, + 8 from i = 2 on, and column 2 (lane % 4) + i % 2.
void expect_products(unsigned (*pack)(float, float),
                     void (*multiply_add)(float (&)[4], const unsigned (&)[4], unsigned, unsigned)) {
  static float a[16][16], b[16][8], c[16][8];
  TestRandom random(5);
  const auto small = [&] { return static_cast<float>(static_cast<int>(random.below(9)) - 4); };  // exact
  for (auto& row : a)
    for (float& x : row) x = small();
  for (auto& row : b)
    for (float& x : row) x = small();
  for (auto& row : c)
    for (float& x : row) x = small();
  run_blocks({}, 32, [&] {
    const int group = static_cast<int>(threadIdx.x) / 4, in_group = static_cast<int>(threadIdx.x) % 4;
    const auto a_at = [&](int i) {
      return a[group + (i % 4 >= 2 ? 8 : 0)][in_group * 2 + i % 2 + (i >= 4 ? 8 : 0)];
    };
    const auto b_at = [&](int i) { return b[in_group * 2 + i % 2 + (i >= 2 ? 8 : 0)][group]; };
    const unsigned as[4] = {pack(a_at(0), a_at(1)), pack(a_at(2), a_at(3)), pack(a_at(4), a_at(5)),
                            pack(a_at(6), a_at(7))};
    float sums[4];
    for (int i = 0; i < 4; ++i) sums[i] = c[group + (i >= 2 ? 8 : 0)][in_group * 2 + i % 2];
    multiply_add(sums, as, pack(b_at(0), b_at(1)), pack(b_at(2), b_at(3)));
    for (int i = 0; i < 4; ++i) {
      const int row = group + (i >= 2 ? 8 : 0), column = in_group * 2 + i % 2;
      float expected = c[row][column];
      for (int k = 0; k < 16; ++k) expected += a[row][k] * b[k][column];
      EXPECT_EQ(sums[i], expected) << row << " " << column;
    }
  });
}

TEST(Emulation, MmaComputesTheMatrixProduct) {
  expect_products(pack_halves, multiply_add_halves);
  expect_products(pack_bfloat16, multiply_add_bfloat16);
}

TEST(Emulation, ShufflesAndBarriersExchangeValues) {
  for (const FiberOrder order : {FiberOrder::kForward, FiberOrder::kBackward, FiberOrder::kMixed}) {
    set_fiber_order(order);
    static int written[128];
    run_blocks({3, 2}, 128, [] {
      const auto mine = static_cast<float>(threadIdx.x);
      EXPECT_EQ(__shfl_xor_sync(~0u, mine, 5), static_cast<float>(threadIdx.x ^ 5u));
      written[threadIdx.x] = static_cast<int>(threadIdx.x + 1000 * blockIdx.x + 10000 * blockIdx.y);
      __syncthreads();
      EXPECT_EQ(written[127 - threadIdx.x],
                static_cast<int>(127 - threadIdx.x + 1000 * blockIdx.x + 10000 * blockIdx.y));
      __syncthreads();
    });
  }
  set_fiber_order(FiberOrder::kForward);
}

TEST(Emulation, MissingBarrierMakesTheResultDependOnTheOrder) {
  const auto neighbours = [](FiberOrder order) {
    set_fiber_order(order);
    static int written[64];
    std::fill(std::begin(written), std::end(written), -1);
    std::vector<int> seen(64);
    run_blocks({}, 64, [&] {
      written[threadIdx.x] = static_cast<int>(threadIdx.x);
      seen[threadIdx.x] = written[63 - threadIdx.x];
    });
    set_fiber_order(FiberOrder::kForward);
    return seen;
  };
  EXPECT_NE(neighbours(FiberOrder::kForward), neighbours(FiberOrder::kBackward));
}

TEST(Emulation, DeadlockedBlocksThrow) {
  EXPECT_THROW(run_blocks({}, 32,
                          [] {
                            if (threadIdx.x != 7) __syncwarp();
                          }),
               std::logic_error);
  EXPECT_THROW(
      run_blocks({}, 32, [] { threadIdx.x < 16 ? __syncwarp() : void(__shfl_xor_sync(~0u, 1.0f, 1)); }),
      std::logic_error);
  EXPECT_THROW(run_blocks({}, 64, [] { threadIdx.x == 3 ? __syncthreads() : __syncwarp(); }),
               std::logic_error);
  EXPECT_THROW(run_blocks({}, 16, [] {}), std::logic_error);
}

}  // namespace
}  // namespace rappel::cuda
