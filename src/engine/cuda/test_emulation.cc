// This file jumps between stacks; some compilers enable a fortify check by default that forbids it.
#undef _FORTIFY_SOURCE
#include "engine/cuda/test_emulation.h"

#include <setjmp.h>
#include <ucontext.h>

#include <algorithm>
#include <array>
#include <exception>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

namespace rappel::cuda {

Dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace {

constexpr std::size_t kStackBytes = 256 << 10;
constexpr int kLanes = 32;

enum class Wait { kNothing, kWarp, kBlock, kEnd };
enum class WarpOp { kSync, kShuffle, kLoad, kLoadTransposed, kMultiplyHalves, kMultiplyBfloat16 };
using Lanes = std::array<void*, kLanes>;

// A saved position of a fiber. The first switch uses a context (system calls), later ones a jump.
struct Place {
  ucontext_t context;
  jmp_buf jump;
  bool jumps = false;
};

void go(Place& from, Place& to) {
#if defined(__SANITIZE_ADDRESS__)
  swapcontext(&from.context, &to.context);
#else
  from.jumps = true;
  if (_setjmp(from.jump) != 0) return;
  if (to.jumps) _longjmp(to.jump, 1);
  setcontext(&to.context);
#endif
}

struct Fiber {
  Place place;
  std::unique_ptr<char[]> stack{new char[kStackBytes]};
  void* fake_stack = nullptr;  // for the address sanitizer
  Wait wait = Wait::kNothing;
  WarpOp op = WarpOp::kSync;
  void* operand = nullptr;
};

// The threads of the running block.
class Block {
 public:
  void run(unsigned threads, const std::function<void()>& body);
  void at_barrier() { leave(Wait::kBlock); }
  void at_warp_op(WarpOp op, void* operand, void (*compute)(const Lanes&));
  void set_order(FiberOrder order) { order_ = order; }

 private:
  static void entry();
  void add_fiber();
  void enter(std::size_t index);
  void leave(Wait wait);
  [[noreturn]] void stop(const std::exception_ptr& error);
  bool release_barrier();
  void arrange();

  std::vector<std::unique_ptr<Fiber>> fibers_;  // kept for the next block
  std::vector<std::size_t> turns_;
  std::vector<int> lanes_here_;  // lanes that wait at the warp operation, by warp
  std::size_t threads_ = 0, current_ = 0;
  Place scheduler_;
  void* scheduler_fake_stack_ = nullptr;
  const void* scheduler_stack_ = nullptr;
  std::size_t scheduler_stack_bytes_ = 0;
  const std::function<void()>* body_ = nullptr;
  std::exception_ptr error_;
  FiberOrder order_ = FiberOrder::kForward;
};

Block& block() {
  static Block one;
  return one;
}

void Block::entry() {
  Block& self = block();
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(nullptr, &self.scheduler_stack_, &self.scheduler_stack_bytes_);
#endif
  for (;;) {  // loop over blocks
    try {
      (*self.body_)();
    } catch (...) {
      self.error_ = std::current_exception();
    }
    self.leave(Wait::kEnd);
  }
}

void Block::add_fiber() {
  auto fiber = std::make_unique<Fiber>();
  getcontext(&fiber->place.context);
  fiber->place.context.uc_stack.ss_sp = fiber->stack.get();
  fiber->place.context.uc_stack.ss_size = kStackBytes;
  fiber->place.context.uc_link = nullptr;
  makecontext(&fiber->place.context, &Block::entry, 0);
  fibers_.push_back(std::move(fiber));
}

void Block::enter(std::size_t index) {
  current_ = index;
  threadIdx.x = static_cast<unsigned>(index);
  Fiber& fiber = *fibers_[index];
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(&scheduler_fake_stack_, fiber.stack.get(), kStackBytes);
#endif
  go(scheduler_, fiber.place);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(scheduler_fake_stack_, nullptr, nullptr);
#endif
}

void Block::leave(Wait wait) {
  Fiber& fiber = *fibers_[current_];
  fiber.wait = wait;
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(&fiber.fake_stack, scheduler_stack_, scheduler_stack_bytes_);
#endif
  go(fiber.place, scheduler_);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(fiber.fake_stack, &scheduler_stack_, &scheduler_stack_bytes_);
#endif
}

void Block::at_warp_op(WarpOp op, void* operand, void (*compute)(const Lanes&)) {
  const std::size_t first = current_ / kLanes * kLanes;
  Fiber& mine = *fibers_[current_];
  mine.op = op;
  mine.operand = operand;
  int& here = lanes_here_[first / kLanes];
  if (++here < kLanes) return leave(Wait::kWarp);
  here = 0;
  Lanes lanes;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    const Fiber& other = *fibers_[first + lane];
    if (other.op != op) throw std::logic_error("lanes of one warp are at different operations");
    lanes[lane] = other.operand;
  }
  compute(lanes);  // the last lane to arrive computes for all
  for (std::size_t lane = 0; lane < kLanes; ++lane) fibers_[first + lane]->wait = Wait::kNothing;
}

bool Block::release_barrier() {
  bool any = false;
  for (std::size_t i = 0; i < threads_; ++i) {
    if (fibers_[i]->wait == Wait::kWarp) return false;
    any = any || fibers_[i]->wait == Wait::kBlock;
  }
  for (std::size_t i = 0; i < threads_; ++i)
    if (fibers_[i]->wait == Wait::kBlock) fibers_[i]->wait = Wait::kNothing;
  return any;
}

void Block::arrange() {
  turns_.resize(threads_);
  std::iota(turns_.begin(), turns_.end(), std::size_t{0});
  if (order_ == FiberOrder::kBackward) std::reverse(turns_.begin(), turns_.end());
  if (order_ == FiberOrder::kMixed)  // 37 is prime to every number of threads that is a multiple of 32
    for (std::size_t i = 0; i < threads_; ++i) turns_[i] = (i * 37 + 11) % threads_;
}

void Block::run(unsigned threads, const std::function<void()>& body) {
  if (threads % kLanes != 0) throw std::logic_error("a block is whole warps");
  threads_ = threads;
  body_ = &body;
  error_ = nullptr;
  while (fibers_.size() < threads_) add_fiber();
  for (std::size_t i = 0; i < threads_; ++i) fibers_[i]->wait = Wait::kNothing;
  lanes_here_.assign(threads_ / kLanes, 0);
  arrange();
  for (std::size_t ended = 0; ended < threads_;) {
    bool moved = false;
    for (const std::size_t i : turns_) {
      if (fibers_[i]->wait != Wait::kNothing) continue;
      enter(i);
      if (error_) stop(error_);
      moved = true;
      ended += fibers_[i]->wait == Wait::kEnd;
    }
    if (!moved && !release_barrier())
      stop(std::make_exception_ptr(
          std::logic_error("a block cannot go on: a lane is missing from a warp operation")));
  }
}

// The fibers are suspended in the failed block and are not reused.
void Block::stop(const std::exception_ptr& error) {
  fibers_.clear();
  std::rethrow_exception(error);
}

struct Shuffled {
  float value;
  int other;
  float result;
};
struct Loaded {
  unsigned* out;
  const std::uint16_t* row;
};
struct Multiplied {
  float* sums;
  const unsigned* a;
  unsigned b[2];
};

template <bool kBfloat16>
float number_of(unsigned pair, int which) {
  const auto bits = static_cast<std::uint16_t>(pair >> (16 * which));
  return kBfloat16 ? bf16_to_float(bits) : f16_to_float(bits);
}

// ldmatrix .x4: lanes 8 m to 8 m + 7 provide the rows of matrix m; a lane receives from each matrix two
// adjacent elements of row lane / 4, or, transposed, of column lane / 4.
template <bool kTransposed>
void load_all(const Lanes& lanes) {
  for (int lane = 0; lane < kLanes; ++lane)
    for (int matrix = 0; matrix < 4; ++matrix) {
      const auto at = [&](int row, int column) {
        return static_cast<unsigned>(
            static_cast<const Loaded*>(
                lanes[static_cast<std::size_t>(matrix) * 8 + static_cast<std::size_t>(row)])
                ->row[column]);
      };
      const int along = lane % 4 * 2, across = lane / 4;
      const unsigned low = kTransposed ? at(along, across) : at(across, along),
                     high = kTransposed ? at(along + 1, across) : at(across, along + 1);
      static_cast<Loaded*>(lanes[static_cast<std::size_t>(lane)])->out[matrix] = low | high << 16;
    }
}

// mma.m16n8k16: a's registers are its quarters (rows 0-7 and 8-15 of columns 0-7, then of 8-15), b's its
// halves (rows 0-7, 8-15), where a lane has row lane / 4 (b: column) and columns (b: rows) 2 (lane % 4) and
// the next.
template <bool kBfloat16>
void multiply_all(const Lanes& lanes) {
  float a[16][16], b[16][8];
  const auto of = [&](int lane) {
    return static_cast<const Multiplied*>(lanes[static_cast<std::size_t>(lane)]);
  };
  for (int lane = 0; lane < kLanes; ++lane)
    for (int i = 0; i < 2; ++i) {
      const int along = lane % 4 * 2 + i, across = lane / 4;
      for (int quarter = 0; quarter < 4; ++quarter)
        a[across + quarter % 2 * 8][along + quarter / 2 * 8] = number_of<kBfloat16>(of(lane)->a[quarter], i);
      for (int half = 0; half < 2; ++half)
        b[along + half * 8][across] = number_of<kBfloat16>(of(lane)->b[half], i);
    }
  for (int lane = 0; lane < kLanes; ++lane)
    for (int i = 0; i < 4; ++i) {
      const int row = lane / 4 + i / 2 * 8, column = lane % 4 * 2 + i % 2;
      double sum = static_cast<double>(of(lane)->sums[i]);
      for (int k = 0; k < 16; ++k) sum += static_cast<double>(a[row][k]) * static_cast<double>(b[k][column]);
      static_cast<Multiplied*>(lanes[static_cast<std::size_t>(lane)])->sums[i] = static_cast<float>(sum);
    }
}

}  // namespace

void __syncthreads() { block().at_barrier(); }

void __syncwarp() {
  block().at_warp_op(WarpOp::kSync, nullptr, [](const Lanes&) {});
}

float __shfl_xor_sync(unsigned mask, float value, int other) {
  if (mask != ~0u) throw std::logic_error("only whole warps are emulated");
  Shuffled mine{value, other, 0};
  block().at_warp_op(WarpOp::kShuffle, &mine, [](const Lanes& lanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      auto* to = static_cast<Shuffled*>(lanes[lane]);
      to->result = static_cast<const Shuffled*>(lanes[lane ^ static_cast<std::size_t>(to->other)])->value;
    }
  });
  return mine.result;
}

void load_matrices(unsigned (&out)[4], const void* row) {
  Loaded mine{out, static_cast<const std::uint16_t*>(row)};
  block().at_warp_op(WarpOp::kLoad, &mine, load_all<false>);
}

void load_matrices_transposed(unsigned (&out)[4], const void* row) {
  Loaded mine{out, static_cast<const std::uint16_t*>(row)};
  block().at_warp_op(WarpOp::kLoadTransposed, &mine, load_all<true>);
}

void multiply_add_halves(float (&sums)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
  Multiplied mine{sums, a, {b0, b1}};
  block().at_warp_op(WarpOp::kMultiplyHalves, &mine, multiply_all<false>);
}

void multiply_add_bfloat16(float (&sums)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
  Multiplied mine{sums, a, {b0, b1}};
  block().at_warp_op(WarpOp::kMultiplyBfloat16, &mine, multiply_all<true>);
}

void set_fiber_order(FiberOrder order) { block().set_order(order); }

void run_blocks(Dim3 grid, unsigned threads, const std::function<void()>& body) {
  gridDim = grid;
  blockDim = {threads, 1, 1};
  for (unsigned y = 0; y < grid.y; ++y)
    for (unsigned x = 0; x < grid.x; ++x) {
      blockIdx = {x, y, 0};
      block().run(threads, body);
    }
}

}  // namespace rappel::cuda
