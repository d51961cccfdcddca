// The peak of two threads of this machine: multiply-adds from registers and reads from memory.
//
//   rappel_bench_peak [--threads N] [--seconds S]
//
// Prints one JSON object: GFLOP/s (or GOP/s; a multiply-add counts as two) of the best of many short slices,
// over all threads running side by side, for each instruction path that the CPU has; and GB/s of reading an
// array that fits hardly any cache. Short slices, CPU time and the maximum, because other work may share the
// machine.
#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <time.h>

#if defined(__x86_64__)
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace {

using Clock = std::chrono::steady_clock;

// Runs the inner loop `rounds` times and returns the operations done.
using Kernel = double (*)(std::int64_t rounds);

std::atomic<double> sink{0};

#if defined(__x86_64__)
// Ten independent chains hide the latency of a fused multiply-add on two ports.
#define REPEAT10(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9)

__attribute__((target("avx2,fma"))) double fp32_avx2(std::int64_t rounds) {
  const __m256 a = _mm256_set1_ps(0.999f), b = _mm256_set1_ps(0.001f);
#define DECLARE(i) __m256 c##i = _mm256_set1_ps(1.0f + i);
#define STEP(i) c##i = _mm256_fmadd_ps(c##i, a, b);
#define SUM(i) total = _mm256_add_ps(total, c##i);
  REPEAT10(DECLARE)
  for (std::int64_t r = 0; r < rounds; ++r) {
    REPEAT10(STEP)
  }
  __m256 total = _mm256_setzero_ps();
  REPEAT10(SUM)
  sink = sink + _mm256_cvtss_f32(total);
  return rounds * 10.0 * 8 * 2;
#undef DECLARE
#undef STEP
#undef SUM
}

__attribute__((target("avx512f"))) double fp32_avx512(std::int64_t rounds) {
  const __m512 a = _mm512_set1_ps(0.999f), b = _mm512_set1_ps(0.001f);
#define DECLARE(i) __m512 c##i = _mm512_set1_ps(1.0f + i);
#define STEP(i) c##i = _mm512_fmadd_ps(c##i, a, b);
#define SUM(i) total = _mm512_add_ps(total, c##i);
  REPEAT10(DECLARE)
  for (std::int64_t r = 0; r < rounds; ++r) {
    REPEAT10(STEP)
  }
  __m512 total = _mm512_setzero_ps();
  REPEAT10(SUM)
  sink = sink + _mm512_cvtss_f32(total);
  return rounds * 10.0 * 16 * 2;
#undef DECLARE
#undef STEP
#undef SUM
}

// Two products per 16-bit lane, then added in pairs into 32 bits: the way without dot-product instructions.
// The empty asm makes the operand new in each round; without it the product would be hoisted out of the loop.
__attribute__((target("avx2"))) double int8_avx2(std::int64_t rounds) {
  __m256i a = _mm256_set1_epi8(3);
  const __m256i b = _mm256_set1_epi8(2), one = _mm256_set1_epi16(1);
#define DECLARE(i) __m256i c##i = _mm256_set1_epi32(i);
#define STEP(i)                   \
  __asm__ volatile("" : "+x"(a)); \
  c##i = _mm256_add_epi32(c##i, _mm256_madd_epi16(_mm256_maddubs_epi16(a, b), one));
#define SUM(i) total = _mm256_add_epi32(total, c##i);
  REPEAT10(DECLARE)
  for (std::int64_t r = 0; r < rounds; ++r) {
    REPEAT10(STEP)
  }
  __m256i total = _mm256_setzero_si256();
  REPEAT10(SUM)
  sink = sink + _mm256_cvtsi256_si32(total);
  return rounds * 10.0 * 32 * 2;
#undef DECLARE
#undef STEP
#undef SUM
}

__attribute__((target("avxvnni,avx2"))) double int8_avx_vnni(std::int64_t rounds) {
  const __m256i a = _mm256_set1_epi8(3), b = _mm256_set1_epi8(2);
#define DECLARE(i) __m256i c##i = _mm256_set1_epi32(i);
#define STEP(i) c##i = _mm256_dpbusd_avx_epi32(c##i, a, b);
#define SUM(i) total = _mm256_add_epi32(total, c##i);
  REPEAT10(DECLARE)
  for (std::int64_t r = 0; r < rounds; ++r) {
    REPEAT10(STEP)
  }
  __m256i total = _mm256_setzero_si256();
  REPEAT10(SUM)
  sink = sink + _mm256_cvtsi256_si32(total);
  return rounds * 10.0 * 32 * 2;
#undef DECLARE
#undef STEP
#undef SUM
}

__attribute__((target("avx512f,avx512vnni"))) double int8_avx512_vnni(std::int64_t rounds) {
  const __m512i a = _mm512_set1_epi8(3), b = _mm512_set1_epi8(2);
#define DECLARE(i) __m512i c##i = _mm512_set1_epi32(i);
#define STEP(i) c##i = _mm512_dpbusd_epi32(c##i, a, b);
#define SUM(i) total = _mm512_add_epi32(total, c##i);
  REPEAT10(DECLARE)
  for (std::int64_t r = 0; r < rounds; ++r) {
    REPEAT10(STEP)
  }
  __m512i total = _mm512_setzero_si512();
  REPEAT10(SUM)
  sink = sink + _mm512_cvtsi512_si32(total);
  return rounds * 10.0 * 64 * 2;
#undef DECLARE
#undef STEP
#undef SUM
}

__attribute__((target("avx512f,avx512bf16"))) double bf16_avx512(std::int64_t rounds) {
  const __m512bh a = (__m512bh)_mm512_set1_epi16(0x3f80), b = (__m512bh)_mm512_set1_epi16(0x3c00);
#define DECLARE(i) __m512 c##i = _mm512_set1_ps(i);
#define STEP(i) c##i = _mm512_dpbf16_ps(c##i, a, b);
#define SUM(i) total = _mm512_add_ps(total, c##i);
  REPEAT10(DECLARE)
  for (std::int64_t r = 0; r < rounds; ++r) {
    REPEAT10(STEP)
  }
  __m512 total = _mm512_setzero_ps();
  REPEAT10(SUM)
  sink = sink + _mm512_cvtss_f32(total);
  return rounds * 10.0 * 32 * 2;
#undef DECLARE
#undef STEP
#undef SUM
}

// Full tiles: 16 rows of 64 bytes. Four accumulators, two left and two right operands, as a real kernel has
// them.
struct alignas(64) TileConfig {
  std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
  std::uint16_t column_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

// The compiler does not know that the intrinsic reads the configuration: the empty asm keeps the stores.
__attribute__((target("amx-tile"))) inline void load_tile_config() {
  const TileConfig config;
  __asm__ volatile("" : : "r"(&config) : "memory");
  _tile_loadconfig(&config);
}

__attribute__((target("amx-tile,amx-int8"))) double int8_amx(std::int64_t rounds) {
  load_tile_config();
  for (std::int64_t r = 0; r < rounds; ++r) {
    _tile_dpbusd(0, 4, 6);
    _tile_dpbusd(1, 4, 7);
    _tile_dpbusd(2, 5, 6);
    _tile_dpbusd(3, 5, 7);
  }
  _tile_release();
  return rounds * 4.0 * 16 * 16 * 64 * 2;
}

__attribute__((target("amx-tile,amx-bf16"))) double bf16_amx(std::int64_t rounds) {
  load_tile_config();
  for (std::int64_t r = 0; r < rounds; ++r) {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_release();
  return rounds * 4.0 * 16 * 16 * 32 * 2;
}

// Linux hands tile registers only to a process that asks.
bool may_use_amx() {
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

struct Path {
  const char* name;
  Kernel kernel;
  bool available;
};

std::vector<Path> paths() {
  __builtin_cpu_init();
  unsigned leaf7_edx = 0, leaf71_eax = 0, unused1, unused2, unused3;
  __asm__("cpuid" : "=a"(unused1), "=b"(unused2), "=c"(unused3), "=d"(leaf7_edx) : "a"(7), "c"(0));
  __asm__("cpuid" : "=a"(leaf71_eax), "=b"(unused1), "=c"(unused2), "=d"(unused3) : "a"(7), "c"(1));
  const bool avx512 = __builtin_cpu_supports("avx512f");
  const bool amx = (leaf7_edx >> 24 & 1) && may_use_amx();
  return {{"fp32_avx2", fp32_avx2, __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")},
          {"fp32_avx512", fp32_avx512, avx512},
          {"int8_avx2", int8_avx2, bool(__builtin_cpu_supports("avx2"))},
          {"int8_avx_vnni", int8_avx_vnni, bool(leaf71_eax >> 4 & 1)},
          {"int8_avx512_vnni", int8_avx512_vnni, avx512 && __builtin_cpu_supports("avx512vnni")},
          {"int8_amx", int8_amx, amx && (leaf7_edx >> 25 & 1)},
          {"bf16_avx512", bf16_avx512, avx512 && bool(leaf71_eax >> 5 & 1)},
          {"bf16_amx", bf16_amx, amx && (leaf7_edx >> 22 & 1)}};
}
#else
// Other architectures: what the compiler makes of a loop over a small array.
double fp32_portable(std::int64_t rounds) {
  float c[64];
  for (int i = 0; i < 64; ++i) c[i] = 1.0f + i;
  for (std::int64_t r = 0; r < rounds; ++r)
    for (int i = 0; i < 64; ++i) c[i] = __builtin_fmaf(c[i], 0.999f, 0.001f);
  for (float value : c) sink = sink + value;
  return rounds * 64.0 * 2;
}

struct Path {
  const char* name;
  Kernel kernel;
  bool available;
};

std::vector<Path> paths() { return {{"fp32_portable", fp32_portable, true}}; }
#endif

double thread_cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * 1e9 + now.tv_nsec;
}

// Units per nanosecond: all threads run `work` again and again side by side; the best slice of each, added
// up. Slices are timed by the thread's own CPU time, so that another process's turn in between does not
// count.
double best_rate(int threads, double seconds, const std::function<double(int thread)>& work) {
  std::vector<double> best(threads);
  std::barrier begin(threads);
  std::vector<std::thread> pool;
  for (int t = 0; t < threads; ++t)
    pool.emplace_back([&, t] {
      begin.arrive_and_wait();
      const auto end = Clock::now() + std::chrono::duration<double>(seconds);
      while (Clock::now() < end) {
        const double start = thread_cpu_ns();
        const double done = work(t);
        best[t] = std::max(best[t], done / (thread_cpu_ns() - start));
      }
    });
  for (std::thread& thread : pool) thread.join();
  double total = 0;
  for (double rate : best) total += rate;
  return total;
}

// Rounds of a kernel that take about `milliseconds` on one thread.
std::int64_t rounds_for(Kernel kernel, double milliseconds) {
  std::int64_t rounds = 1000;
  for (;; rounds *= 2) {
    const auto start = Clock::now();
    kernel(rounds);
    if (std::chrono::duration<double, std::milli>(Clock::now() - start).count() >= milliseconds)
      return rounds;
  }
}

double memory_rate(int threads, double seconds) {
  constexpr std::size_t kWords = std::size_t{64}
                                 << 20;  // 512 MB: beyond the last-level cache of most machines
  const std::size_t share = kWords / threads;
  std::vector<std::uint64_t> data(kWords, 1);
  return best_rate(threads, seconds, [&](int thread) {
    const std::uint64_t* from = data.data() + thread * share;
    std::uint64_t sums[8] = {};
    for (std::size_t i = 0; i + 8 <= share; i += 8)
      for (int k = 0; k < 8; ++k) sums[k] += from[i + k];
    std::uint64_t total = 0;
    for (std::uint64_t value : sums) total += value;
    sink.store(static_cast<double>(total), std::memory_order_relaxed);
    return share * 8.0;
  });
}

}  // namespace

int main(int argc, char** argv) {
  int threads = 2;
  double seconds = 0.5;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    if (name == "--threads") threads = std::max(1, std::atoi(argv[i + 1]));
    if (name == "--seconds") seconds = std::atof(argv[i + 1]);
  }
  std::printf("{\"threads\": %d", threads);
  for (const Path& path : paths()) {
    if (!path.available) continue;
    const std::int64_t rounds = rounds_for(path.kernel, 3);
    std::printf(", \"%s\": %.1f", path.name,
                best_rate(threads, seconds, [&](int) { return path.kernel(rounds); }));
    std::fflush(stdout);
  }
  std::printf(", \"memory_read_gb_s\": %.1f}\n", memory_rate(threads, seconds));
  return 0;
}
