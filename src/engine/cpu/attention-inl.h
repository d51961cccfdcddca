// Attention of one head over one text, with a lane of the vector for each query.
//
// Scores are computed transposed (key by query), so that keys and values are read in place as the broadcast
// operand, the softmax is vertical, and nothing needs masking: a lane never sees another lane's query. Keys
// come in blocks of kKeyBlock from the text's start with a running maximum (online softmax), so the scratch
// does not grow with the text.
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

// A vector of queries, or two side by side, with what it has gathered so far. Panels of `size` (queries,
// sums) or kKeyBlock (scores) vectors.
struct QueryGroup {
  std::size_t first, count;  // queries of the task
  std::size_t panels;
  float* queries;  // scaled, [panel][size][lane]
  float* sums;     // of value times weight, [panel][size][lane]
  float* maximum;  // [panel][lane]
  float* weight;   // sum of weights, [panel][lane]
};

inline void load_queries(const AttentionArgs& args, const QueryGroup& group) {
  const std::size_t lanes = hn::Lanes(FloatTag());
  const float scale = 1.0f / std::sqrt(static_cast<float>(args.size));
  for (std::size_t lane = 0; lane < group.panels * lanes; ++lane) {
    float* to = group.queries + lane / lanes * args.size * lanes + lane % lanes;
    const float* from = args.query + (group.first + lane) * args.stride;
    for (std::size_t i = 0; i < args.size; ++i) to[i * lanes] = lane < group.count ? from[i] * scale : 0.0f;
  }
}

inline void store_results(const AttentionArgs& args, const QueryGroup& group) {
  const std::size_t lanes = hn::Lanes(FloatTag());
  for (std::size_t lane = 0; lane < group.count; ++lane) {
    const float* from = group.sums + lane / lanes * args.size * lanes + lane % lanes;
    const float scale = 1.0f / group.weight[lane];
    float* to = args.out + (group.first + lane) * args.out_stride;
    for (std::size_t i = 0; i < args.size; ++i) to[i] = from[i * lanes] * scale;
  }
}

// Turns a block's scores into weights; what was gathered before is scaled to the new maximum.
inline void softmax_block(const AttentionArgs& args, const QueryGroup& group, std::size_t panel,
                          std::size_t keys, bool first, float* scores) {
  const FloatTag d;
  const std::size_t lanes = hn::Lanes(d);
  FloatVec maximum = first ? hn::Load(d, scores) : hn::Load(d, group.maximum + panel * lanes);
  const FloatVec before = maximum;
  for (std::size_t key = 0; key < keys; ++key) maximum = hn::Max(maximum, hn::Load(d, scores + key * lanes));
  FloatVec weight = hn::Zero(d);
  for (std::size_t key = 0; key < keys; ++key) {
    const FloatVec w = exp_vector(d, hn::Sub(hn::Load(d, scores + key * lanes), maximum));
    hn::Store(w, d, scores + key * lanes);
    weight = hn::Add(weight, w);
  }
  if (!first) {
    const FloatVec shrink = exp_vector(d, hn::Sub(before, maximum));
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
  multiply_rows<false>({args.key + key * args.stride, args.stride, group.queries, panel_size, args.size,
                        scores, lanes, kKeyBlock * lanes, false, args.key, 0},
                       group.panels, keys);
  for (std::size_t panel = 0; panel < group.panels; ++panel)
    softmax_block(args, group, panel, keys, key == 0, scores + panel * kKeyBlock * lanes);
  multiply_rows<true>({args.value + key * args.stride, args.stride, scores, kKeyBlock * lanes, keys,
                       group.sums, lanes, panel_size, key != 0, args.key, 0},
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
