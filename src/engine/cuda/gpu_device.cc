#include "engine/cuda/gpu_device.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <mutex>
#include <string>
#include <utility>

#include "base/ticket_lock.h"
#include "engine/cuda/gpu_pass.h"
#include "engine/cuda/weight_bytes.h"
#include "engine/packed_tokens.h"

namespace rappel::cuda {
namespace {

// The padded sizes of queries (counts_of); each becomes a CUDA graph at startup.
constexpr std::size_t kQuerySizes[] = {16, 32, 48, 64, 80, 96, 112, 128};

constexpr std::size_t aligned(std::size_t bytes) { return padded(bytes, kMemoryUnit); }

class GpuDevice final : public Device {
 public:
  GpuDevice(std::unique_ptr<Gpu> gpu, const MemoryLimit& limit)
      : gpu_(std::move(gpu)), budget_(limit.of(gpu_->info().memory_bytes)) {
    const int number = gpu_->info().number;
    info_.name = number == 0 ? "cuda" : "cuda:" + std::to_string(number);
    info_.description = info_.name + ": " + gpu_->info().description;
    info_.preferred = WeightKind::kHalf;
    info_.rows_at_once = kRowsAtOnce;
    info_.most_batch_tokens = info_.usual_batch_tokens = kRowsAtOnce;
    info_.repeated_tokens = kQuerySizes;
    info_.memory_bytes = gpu_->info().memory_bytes;
  }

  const DeviceInfo& info() const override { return info_; }
  bool supports(WeightKind kind) const override {
    if (kind == WeightKind::kTf32 || kind == WeightKind::kBfloat16)
      return gpu_->info().compute_capability >= 80;
    return kind != WeightKind::kW8A16;
  }

  Result<std::unique_ptr<Buffer>> allocate(std::size_t rows, std::size_t columns) override {
    constexpr std::size_t kMostRows = std::numeric_limits<std::int32_t>::max(), kMostColumns = 1 << 24,
                          kMostNumbers = std::size_t{1}
                                         << 34;  // the kernels count packets of eight in 32 bits
    if (rows > kMostRows || columns > kMostColumns || rows * padded(columns) > kMostNumbers)
      return Status(Code::kResourceExhausted, "no memory on " + info_.name + " for this many activations");
    const std::size_t pitch = padded(columns) * sizeof(float);
    RAPPEL_ASSIGN(Memory memory,
                  Memory::make(*gpu_, budget_, rows_kept(rows) * pitch, Memory::Where::kDevice));
    return std::unique_ptr<Buffer>(std::make_unique<GpuBuffer>(rows, columns, std::move(memory)));
  }

  // Keeps the type of the file. A table whose rows need no padding is uploaded without a copy.
  Result<std::unique_ptr<Table>> upload_table(const TensorView& table) override {
    const auto rows = static_cast<std::size_t>(table.shape[0]),
               columns = static_cast<std::size_t>(table.shape[1]);
    const Element type = table.dtype == DType::kF16    ? Element::kHalf
                         : table.dtype == DType::kBF16 ? Element::kBfloat16
                                                       : Element::kFloat32;
    const std::size_t width = columns * element_bytes(type), pitch = padded(columns) * element_bytes(type);
    RAPPEL_ASSIGN(Memory memory, Memory::make(*gpu_, budget_, rows * pitch, Memory::Where::kDevice));
    if (width == pitch) {
      RAPPEL_TRY(gpu_->upload(memory.data(), table.bytes.data(), table.bytes.size()));
    } else {
      std::vector<std::byte> bytes(rows * pitch);
      for (std::size_t row = 0; row < rows; ++row)
        std::memcpy(bytes.data() + row * pitch, table.bytes.data() + row * width, width);
      RAPPEL_TRY(gpu_->upload(memory.data(), bytes.data(), bytes.size()));
    }
    table.release();
    const Rows values{memory.data(), static_cast<std::int64_t>(padded(columns)), type};
    return std::unique_ptr<Table>(std::make_unique<GpuTable>(std::move(memory), values, columns));
  }

  Result<std::unique_ptr<Norm>> upload_norm(const TensorView& scale, const TensorView& shift,
                                            float eps) override {
    const std::size_t columns = scale.elements();
    std::vector<std::byte> bytes;
    append_rows(values_of(scale), columns, padded(columns), Element::kFloat32, bytes);
    const std::size_t second = bytes.size();
    append_rows(values_of(shift), columns, padded(columns), Element::kFloat32, bytes);
    RAPPEL_ASSIGN(Memory memory, upload(bytes));
    auto* data = static_cast<const std::byte*>(memory.data());
    const NormWeights weights{reinterpret_cast<const float*>(data),
                              reinterpret_cast<const float*>(data + second), eps};
    return std::unique_ptr<Norm>(std::make_unique<GpuNorm>(std::move(memory), weights, columns));
  }

  Result<std::unique_ptr<Linear>> upload_linear(std::span<const LinearPart> parts, WeightKind kind,
                                                std::span<const float> sizes) override {
    if (!supports(kind))
      return Status(Code::kUnsupported,
                    "device \"" + info_.name + "\" has no " + weight_kind_name(kind) + " weights");
    const WeightBytes weights =
        kind == WeightKind::kInt8 ? int8_weights(parts, sizes) : float_weights(parts, rows_type(kind));
    RAPPEL_ASSIGN(Memory memory, upload(weights.bytes));
    const auto* data = static_cast<const std::byte*>(memory.data());
    const Rows rows{memory.data(), weights.stride, weights.type};
    auto linear = std::make_unique<GpuLinear>(weights.inputs, weights.outputs, std::move(memory), rows);
    linear->bias = data + weights.bias_at;
    linear->tf32 = kind == WeightKind::kTf32;
    if (weights.scales_at != 0) linear->scales = reinterpret_cast<const float*>(data + weights.scales_at);
    if (weights.factors_at != 0) linear->factors = reinterpret_cast<const float*>(data + weights.factors_at);
    return std::unique_ptr<Linear>(std::move(linear));
  }

  Status run(const PackedTokens& batch, const Forward& forward) override {
    std::lock_guard lock(pass_lock_);
    Status status = run_once(batch, forward);
    if (status.code() != Code::kResourceExhausted) return status;
    give_back();  // release cached memory, then retry
    return run_once(batch, forward);
  }

  void trim() override {
    std::lock_guard lock(pass_lock_);
    give_back();
  }

  MemoryUse memory() const override { return budget_.use(); }

 private:
  Result<Memory> upload(const std::vector<std::byte>& bytes) {
    RAPPEL_ASSIGN(Memory memory, Memory::make(*gpu_, budget_, bytes.size(), Memory::Where::kDevice));
    RAPPEL_TRY(gpu_->upload(memory.data(), bytes.data(), bytes.size()));
    return memory;
  }

  // Keeps the current memory if it is large enough.
  Status reserve(std::size_t bytes, Memory::Where where, Memory& memory) {
    if (memory.bytes() >= bytes) return {};
    memory = Memory();  // release first, because there may be room for only one
    RAPPEL_ASSIGN(memory, Memory::make(*gpu_, budget_, aligned(std::max<std::size_t>(bytes, 4096)), where));
    return {};
  }

  // Memory for batches, kept for the next batch.
  struct Blocks {
    Memory host_batch, device_batch, scratch, host_answers, device_answers;
  };

  Status run_once(const PackedTokens& batch, const Forward& forward) {
    const bool small = batch.tokens() <= kRepeatedTokens;
    Blocks& blocks = small ? small_ : large_;
    RAPPEL_TRY(place_batch(batch, blocks));
    // Allocate for the largest small batch at once: commands contain addresses, and new addresses would make
    // lists differ.
    const auto room = [&](std::size_t bytes) {
      return small ? bytes / batch_.tokens.computed * kRepeatedTokens + bytes : bytes;
    };
    for (;;) {
      GpuPass pass(batch_, blocks.scratch, blocks.device_answers, commands_, downloads_);
      forward(pass);
      RAPPEL_TRY(pass.status());
      const std::size_t scratch = pass.scratch_bytes(), answers = pass.answer_floats() * sizeof(float);
      const bool fits = scratch <= blocks.scratch.bytes() && answers <= blocks.device_answers.bytes();
      if (answers > blocks.host_answers.bytes())
        RAPPEL_TRY(reserve(room(answers), Memory::Where::kHost, blocks.host_answers));
      if (fits) break;
      if (scratch > blocks.scratch.bytes())
        RAPPEL_TRY(reserve(room(scratch), Memory::Where::kDevice, blocks.scratch));
      if (answers > blocks.device_answers.bytes())
        RAPPEL_TRY(reserve(room(answers), Memory::Where::kDevice, blocks.device_answers));
    }
    const std::size_t floats = downloads_.empty() ? 0 : downloads_.back().first + downloads_.back().floats;
    const Transfer answers{blocks.host_answers.data(), blocks.device_answers.data(), floats * sizeof(float)};
    RAPPEL_TRY(gpu_->run({batch_transfer_, commands_, {&answers, floats == 0 ? 0u : 1u}, small}));
    for (const Answer& answer : downloads_)
      std::memcpy(answer.to, static_cast<const float*>(blocks.host_answers.data()) + answer.first,
                  answer.floats * sizeof(float));
    return {};
  }

  // A part of the block of the batch: its host memory, to be filled, and its address on the device.
  template <class T>
  static std::pair<T*, const T*> part(const Blocks& blocks, std::size_t count, std::size_t& at) {
    const std::size_t first = at;
    at = aligned(at + count * sizeof(T));
    return {reinterpret_cast<T*>(static_cast<std::byte*>(blocks.host_batch.data()) + first),
            reinterpret_cast<const T*>(static_cast<const std::byte*>(blocks.device_batch.data()) + first)};
  }

  static std::size_t batch_bytes(std::size_t tokens, std::size_t texts, std::size_t tiles) {
    return 4 * aligned(tokens * 4) + aligned(tokens) + aligned((texts + 1) * 4) + aligned(texts * 4) +
           aligned(tiles * sizeof(AttentionTile)) + aligned(texts * sizeof(AttentionTile));
  }

  // Addresses depend only on the numbers of tokens and texts, so that passes of one size have equal commands.
  Status place_batch(const PackedTokens& batch, Blocks& blocks) {
    const auto [tokens, texts] = counts_of(batch.tokens(), batch.texts());
    batch_ = {.tokens = tokens, .texts = texts, .tile_count = tiles_kept(batch, tokens, texts)};
    const std::size_t bytes = &blocks == &small_
                                  ? batch_bytes(kRepeatedTokens, kRepeatedTokens, 2 * kRepeatedTokens)
                                  : batch_bytes(tokens.computed, texts.computed, batch_.tile_count);
    RAPPEL_TRY(reserve(bytes, Memory::Where::kHost, blocks.host_batch));
    RAPPEL_TRY(reserve(bytes, Memory::Where::kDevice, blocks.device_batch));
    std::size_t at = 0;
    const auto copy = [&](const auto& values, std::size_t count, auto filler) {
      using T = typename std::decay_t<decltype(values)>::value_type;
      const auto [host, device] = part<T>(blocks, count, at);
      std::fill(std::copy(values.begin(), values.end(), host), host + count, static_cast<T>(filler));
      return device;
    };
    batch_.ids = copy(batch.ids, tokens.computed, 0);
    batch_.positions = copy(batch.positions, tokens.computed, 0);
    batch_.starts = copy(batch.starts, texts.computed + 1, batch.tokens());
    batch_.types = batch.type_ids.empty() ? nullptr : copy(batch.type_ids, tokens.computed, 0);
    const auto [firsts, firsts_there] = part<std::int32_t>(blocks, texts.computed, at);
    const auto [tails, tails_there] = part<std::int32_t>(blocks, tokens.computed, at);
    const auto [all, all_there] = part<AttentionTile>(blocks, batch_.tile_count, at);
    const auto [first, first_there] = part<AttentionTile>(blocks, texts.computed, at);
    batch_.firsts = firsts_there;
    batch_.tails = tails_there;
    batch_.tiles = all_there;
    batch_.first_tiles = first_there;
    fill_texts(batch, firsts, tails, all, first);
    batch_transfer_ = {blocks.host_batch.data(), blocks.device_batch.data(), at};
    return {};
  }

  static std::size_t tiles_of(std::size_t tokens) { return (tokens + kTileQueries - 1) / kTileQueries; }

  // For padded batches: as many tiles as any batch of these counts may have.
  static std::size_t tiles_kept(const PackedTokens& batch, const Count& tokens, const Count& texts) {
    if (tokens.real <= kRepeatedTokens) return tiles_of(tokens.computed) + texts.computed - 1;
    std::size_t tiles = 0;
    for (std::size_t text = 0; text < batch.texts(); ++text)
      tiles += tiles_of(static_cast<std::size_t>(batch.starts[text + 1] - batch.starts[text]));
    return tiles;
  }

  void fill_texts(const PackedTokens& batch, std::int32_t* firsts, std::int32_t* tails, AttentionTile* all,
                  AttentionTile* first) const {
    const std::int32_t *firsts_end = firsts + batch_.texts.computed,
                       *tails_end = tails + batch_.tokens.computed;
    const AttentionTile *all_end = all + batch_.tile_count, *first_end = first + batch_.texts.computed;
    for (std::size_t text = 0; text < batch.texts(); ++text) {
      const std::int32_t begin = batch.starts[text], keys = batch.starts[text + 1] - begin;
      *firsts++ = begin;
      for (std::int32_t token = 1; token < keys; ++token) *tails++ = begin + token;
      *first++ = {.text_begin = begin,
                  .keys = keys,
                  .first = 0,
                  .queries = 1,
                  .out_row = static_cast<std::int32_t>(text)};
      for (std::int32_t query = 0; query < keys; query += kTileQueries)
        *all++ = {.text_begin = begin,
                  .keys = keys,
                  .first = query,
                  .queries = std::min(kTileQueries, keys - query),
                  .out_row = begin + query};
    }
    while (firsts != firsts_end) *firsts++ = 0;
    while (tails != tails_end) *tails++ = 0;
    while (all != all_end) *all++ = {};  // no keys, no queries
    while (first != first_end) *first++ = {};
  }

  void give_back() {
    small_ = {};
    large_ = {};
    gpu_->trim();
  }

  std::unique_ptr<Gpu> gpu_;  // declared first, because the following members own its memory
  MemoryBudget budget_;
  DeviceInfo info_;
  TicketLock pass_lock_;  // forward passes run in order of arrival
  Blocks small_, large_;
  GpuBatch batch_;
  Transfer batch_transfer_;
  std::vector<Command> commands_;
  std::vector<Answer> downloads_;
};

}  // namespace

Result<Memory> Memory::make(Gpu& gpu, MemoryBudget& budget, std::size_t bytes, Where where) {
  Memory memory;
  if (where == Where::kDevice && !budget.take(bytes))
    return Status(Code::kResourceExhausted,
                  "the memory limit of the GPU is reached; raise RAPPEL_DEVICE_MEMORY, or use a smaller "
                  "batch budget or model");
  auto data = where == Where::kDevice ? gpu.allocate(bytes) : gpu.allocate_host(bytes);
  if (!data.ok()) {
    if (where == Where::kDevice) budget.give_back(bytes);
    return data.status();
  }
  memory.gpu_ = &gpu;
  memory.budget_ = &budget;
  memory.data_ = *data;
  memory.bytes_ = bytes;
  memory.where_ = where;
  return memory;
}

std::unique_ptr<Device> make_gpu_device(std::unique_ptr<Gpu> gpu, const MemoryLimit& limit) {
  return std::make_unique<GpuDevice>(std::move(gpu), limit);
}

}  // namespace rappel::cuda
