// Attention of one head over one text, with one vector lane per query.
//
// Scores are computed transposed (key by query): keys and values are read in place as the broadcast operand,
// the softmax is vertical, and no masking is needed because lanes never mix queries. Keys are processed in
// blocks of kKeyBlock from the start of the text with a running maximum (online softmax), so the size of the
// scratch memory does not depend on the length of the text.
//
// Included once per instruction set (Highway's foreach_target); no ordinary include guard.
#if defined(RAPPEL_ENGINE_CPU_ATTENTION_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RAPPEL_ENGINE_CPU_ATTENTION_INL_H_
#undef RAPPEL_ENGINE_CPU_ATTENTION_INL_H_
#else
#define RAPPEL_ENGINE_CPU_ATTENTION_INL_H_
#endif

#include <cmath>

#include "engine/cpu/kernels.h"
#include "engine/cpu/math-inl.h"
#include "engine/cpu/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace rappel::cpu {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR
constexpr std::size_t kQuad = 1;
#else
constexpr std::size_t kQuad = 4;  // queries that are transposed together

// Transposes four rows of four floats.
template <class V>
HWY_INLINE void transpose4(V& a, V& b, V& c, V& d) {
  const hn::DFromV<V> tag;
  const V ab_low = hn::InterleaveLower(tag, a, b), ab_high = hn::InterleaveUpper(tag, a, b);
  const V cd_low = hn::InterleaveLower(tag, c, d), cd_high = hn::InterleaveUpper(tag, c, d);
  a = hn::ConcatLowerLower(tag, cd_low, ab_low);
  b = hn::ConcatUpperUpper(tag, cd_low, ab_low);
  c = hn::ConcatLowerLower(tag, cd_high, ab_high);
  d = hn::ConcatUpperUpper(tag, cd_high, ab_high);
}
#endif

// One vector of queries, or two adjacent ones, with their running sums. Panels of `size` (queries, sums) or
// kKeyBlock (scores) vectors.
struct QueryGroup {
  std::size_t first, count;  // queries of the task
  std::size_t panels;
  float* queries;  // scaled, [panel][size][lane]
  float* sums;     // sums of value times weight, [panel][size][lane]
  float* maximum;  // [panel][lane]
  float* weight;   // sum of weights, [panel][lane]
};

// Scores are exponents of two: the softmax uses 2^x.
inline void load_queries(const AttentionArgs& args, const QueryGroup& group) {
  const std::size_t lanes = hn::Lanes(FloatTag());
  const float scale = 1.44269504f / std::sqrt(static_cast<float>(args.size));
  // Lanes after the last query repeat it; their results are not used.
  const auto query = [&](std::size_t lane) {
    return args.query + (group.first + std::min(lane, group.count - 1)) * args.stride;
  };
  for (std::size_t lane = 0; lane < group.panels * lanes; lane += kQuad) {
    float* to = group.queries + lane / lanes * args.size * lanes + lane % lanes;
    std::size_t i = 0;
#if HWY_TARGET != HWY_SCALAR
    const hn::FixedTag<float, 4> quad;
    const auto factor = hn::Set(quad, scale);
    for (; i + kQuad <= args.size; i += kQuad, to += kQuad * lanes) {
      auto a = hn::LoadU(quad, query(lane) + i), b = hn::LoadU(quad, query(lane + 1) + i),
           c = hn::LoadU(quad, query(lane + 2) + i), d = hn::LoadU(quad, query(lane + 3) + i);
      transpose4(a, b, c, d);
      hn::StoreU(hn::Mul(a, factor), quad, to);
      hn::StoreU(hn::Mul(b, factor), quad, to + lanes);
      hn::StoreU(hn::Mul(c, factor), quad, to + 2 * lanes);
      hn::StoreU(hn::Mul(d, factor), quad, to + 3 * lanes);
    }
#endif
    for (; i < args.size; ++i, to += lanes)
      for (std::size_t n = 0; n < kQuad; ++n) to[n] = query(lane + n)[i] * scale;
  }
}

inline void store_results(const AttentionArgs& args, const QueryGroup& group) {
  const std::size_t lanes = hn::Lanes(FloatTag());
  for (std::size_t lane = 0; lane < group.count; lane += kQuad) {
    const float* from = group.sums + lane / lanes * args.size * lanes + lane % lanes;
    const std::size_t rows = std::min(kQuad, group.count - lane);
    float* to = args.out + (group.first + lane) * args.out_stride;
    std::size_t i = 0;
    const auto scale = [&](std::size_t n) { return 1.0f / group.weight[lane + n]; };
#if HWY_TARGET != HWY_SCALAR
    const hn::FixedTag<float, 4> quad;
    if (rows == kQuad) {
      const auto factor = hn::Div(hn::Set(quad, 1.0f), hn::LoadU(quad, group.weight + lane));
      for (; i + kQuad <= args.size; i += kQuad, from += kQuad * lanes) {
        auto a = hn::Mul(hn::LoadU(quad, from), factor), b = hn::Mul(hn::LoadU(quad, from + lanes), factor),
             c = hn::Mul(hn::LoadU(quad, from + 2 * lanes), factor),
             d = hn::Mul(hn::LoadU(quad, from + 3 * lanes), factor);
        transpose4(a, b, c, d);
        hn::StoreU(a, quad, to + i);
        hn::StoreU(b, quad, to + args.out_stride + i);
        hn::StoreU(c, quad, to + 2 * args.out_stride + i);
        hn::StoreU(d, quad, to + 3 * args.out_stride + i);
      }
    }
#endif
    for (; i < args.size; ++i, from += lanes)
      for (std::size_t n = 0; n < rows; ++n) to[n * args.out_stride + i] = from[n] * scale(n);
  }
}

// Converts the scores of a block to weights and rescales earlier sums to the new maximum.
inline void softmax_block(const AttentionArgs& args, const QueryGroup& group, std::size_t panel,
                          std::size_t keys, bool first, float* scores) {
  const FloatTag d;
  const std::size_t lanes = hn::Lanes(d);
  FloatVec maximum = first ? hn::Load(d, scores) : hn::Load(d, group.maximum + panel * lanes);
  const FloatVec before = maximum;
  for (std::size_t key = 0; key < keys; ++key) maximum = hn::Max(maximum, hn::Load(d, scores + key * lanes));
  FloatVec weight = hn::Zero(d);
  for (std::size_t key = 0; key < keys; ++key) {
    const FloatVec w = exp2_vector(d, hn::Sub(hn::Load(d, scores + key * lanes), maximum));
    hn::Store(w, d, scores + key * lanes);
    weight = hn::Add(weight, w);
  }
  if (!first) {
    const FloatVec shrink = exp2_vector(d, hn::Sub(before, maximum));
    weight = hn::MulAdd(hn::Load(d, group.weight + panel * lanes), shrink, weight);
    float* sums = group.sums + panel * args.size * lanes;
    for (std::size_t i = 0; i < args.size; ++i)
      hn::Store(hn::Mul(hn::Load(d, sums + i * lanes), shrink), d, sums + i * lanes);
  }
  hn::Store(maximum, d, group.maximum + panel * lanes);
  hn::Store(weight, d, group.weight + panel * lanes);
}

inline void attend_block(const AttentionArgs& args, const QueryGroup& group, std::size_t key, float* scores) {
  const std::size_t lanes = hn::Lanes(FloatTag());
  const std::size_t keys = std::min(kKeyBlock, args.keys - key), panel_size = args.size * lanes;
  multiply_rows<false>({.a = args.key + key * args.stride,
                        .a_stride = args.stride,
                        .b = group.queries,
                        .b_panel = panel_size,
                        .depth = args.size,
                        .c = scores,
                        .c_row = lanes,
                        .c_panel = kKeyBlock * lanes,
                        .add = false,
                        .ahead = args.key,
                        .ahead_step = 0},
                       group.panels, keys);
  for (std::size_t panel = 0; panel < group.panels; ++panel)
    softmax_block(args, group, panel, keys, key == 0, scores + panel * kKeyBlock * lanes);
  multiply_rows<true>({.a = args.value + key * args.stride,
                       .a_stride = args.stride,
                       .b = scores,
                       .b_panel = kKeyBlock * lanes,
                       .depth = keys,
                       .c = group.sums,
                       .c_row = lanes,
                       .c_panel = panel_size,
                       .add = key != 0,
                       .ahead = args.key,
                       .ahead_step = 0},
                      group.panels, args.size);
}

void attention(const AttentionArgs& args) {
  const std::size_t lanes = hn::Lanes(FloatTag()), group_size = kTilePanels * lanes;
  std::array<QueryGroup, kTaskQueries / kTilePanels> groups;  // lanes >= 1
  std::size_t count = 0;
  float* queries = args.scratch;
  float* sums = queries + kTaskQueries * args.size;
  float* scores = sums + kTaskQueries * args.size;
  float* state = scores + kTilePanels * kKeyBlock * lanes;
  for (std::size_t first = 0; first < args.queries; first += group_size) {
    QueryGroup& group = groups[count++];
    group.first = first;
    group.count = std::min(group_size, args.queries - first);
    group.panels = (group.count + lanes - 1) / lanes;
    group.queries = queries + first * args.size;
    group.sums = sums + first * args.size;
    group.maximum = state + first;
    group.weight = state + kTaskQueries + first;
    load_queries(args, group);
  }
  for (std::size_t key = 0; key < args.keys; key += kKeyBlock)
    for (std::size_t g = 0; g < count; ++g) attend_block(args, groups[g], key, scores);
  for (std::size_t g = 0; g < count; ++g) store_results(args, groups[g]);
}

}  // namespace HWY_NAMESPACE
}  // namespace rappel::cpu
HWY_AFTER_NAMESPACE();

#endif
