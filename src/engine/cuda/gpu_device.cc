#include "engine/cuda/gpu_device.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <mutex>
#include <string>
#include <utility>

#include "base/turn.h"
#include "engine/cuda/gpu_pass.h"
#include "engine/cuda/weight_bytes.h"
#include "engine/packed_tokens.h"

namespace rappel::cuda {
namespace {

constexpr std::size_t kRepeatedTokens =
    1024;  // batches up to this are worth a CUDA graph: starting kernels counts

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
      return Status(Code::kResourceExhausted, "no memory on " + info_.name + " for so many activations");
    const std::size_t pitch = padded(columns) * sizeof(float);
    RAPPEL_ASSIGN(Memory memory, Memory::make(*gpu_, budget_, rows * pitch, Memory::Where::kDevice));
    return std::unique_ptr<Buffer>(std::make_unique<GpuBuffer>(rows, columns, std::move(memory)));
  }

  // In the file's own type. A table whose rows need no padding goes up as it lies in the file.
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
    const WeightBytes weights = kind == WeightKind::kInt8 ? int8_weights(parts, sizes)
                                                          : float_weights(parts, rows_type(kind));
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
    std::lock_guard lock(turn_);
    Status status = run_once(batch, forward);
    if (status.code() != Code::kResourceExhausted) return status;
    give_back();  // what is kept may be what is missing
    return run_once(batch, forward);
  }

  void trim() override {
    std::lock_guard lock(turn_);
    give_back();
  }

  MemoryUse memory() const override { return budget_.use(); }

 private:
  Result<Memory> upload(const std::vector<std::byte>& bytes) {
    RAPPEL_ASSIGN(Memory memory, Memory::make(*gpu_, budget_, bytes.size(), Memory::Where::kDevice));
    RAPPEL_TRY(gpu_->upload(memory.data(), bytes.data(), bytes.size()));
    return memory;
  }

  // Keeps what it has when that is enough.
  Status reserve(std::size_t bytes, Memory::Where where, Memory& memory) {
    if (memory.bytes() >= bytes) return {};
    memory = Memory();  // first: there may be room for one of them only
    RAPPEL_ASSIGN(memory, Memory::make(*gpu_, budget_, aligned(std::max<std::size_t>(bytes, 4096)), where));
    return {};
  }

  Status run_once(const PackedTokens& batch, const Forward& forward) {
    RAPPEL_TRY(place_batch(batch));
    for (;;) {
      GpuPass pass(batch_, scratch_, device_answers_, commands_, downloads_);
      forward(pass);
      RAPPEL_TRY(pass.status());
      const std::size_t scratch = pass.scratch_bytes(), answers = pass.answer_floats() * sizeof(float);
      const bool fits = scratch <= scratch_.bytes() && answers <= device_answers_.bytes();
      RAPPEL_TRY(reserve(answers, Memory::Where::kHost, host_answers_));
      if (fits) break;
      RAPPEL_TRY(reserve(scratch, Memory::Where::kDevice, scratch_));
      RAPPEL_TRY(reserve(answers, Memory::Where::kDevice, device_answers_));
    }
    const std::size_t floats = downloads_.empty() ? 0 : downloads_.back().first + downloads_.back().floats;
    const Transfer answers{host_answers_.data(), device_answers_.data(), floats * sizeof(float)};
    RAPPEL_TRY(gpu_->run(
        {batch_transfer_, commands_, {&answers, floats == 0 ? 0u : 1u}, batch.tokens() <= kRepeatedTokens}));
    for (const Answer& answer : downloads_)
      std::memcpy(answer.to, static_cast<const float*>(host_answers_.data()) + answer.first,
                  answer.floats * sizeof(float));
    return {};
  }

  // A part of the block that holds the batch: in host memory to be filled, and where it will be on the
  // device.
  template <class T>
  std::pair<T*, const T*> part(std::size_t count, std::size_t& at) {
    const std::size_t first = at;
    at = aligned(at + count * sizeof(T));
    return {reinterpret_cast<T*>(static_cast<std::byte*>(host_batch_.data()) + first),
            reinterpret_cast<const T*>(static_cast<const std::byte*>(device_batch_.data()) + first)};
  }

  // Places depend on the numbers of tokens and texts only, so that passes of one size are equal command by
  // command.
  Status place_batch(const PackedTokens& batch) {
    const std::size_t tokens = batch.tokens(), texts = batch.texts();
    std::size_t tiles = 0;
    for (std::size_t text = 0; text < texts; ++text) tiles += tiles_of(batch, text);
    const std::size_t bytes = aligned(tokens * 4) * 3 + aligned(tokens) + aligned((texts + 1) * 4) +
                              aligned(tiles * sizeof(AttentionTile)) + aligned(texts * sizeof(AttentionTile));
    RAPPEL_TRY(reserve(bytes, Memory::Where::kHost, host_batch_));
    RAPPEL_TRY(reserve(bytes, Memory::Where::kDevice, device_batch_));
    std::size_t at = 0;
    const auto copy = [&](const auto& values) {
      using T = typename std::decay_t<decltype(values)>::value_type;
      const auto [host, device] = part<T>(values.size(), at);
      std::copy(values.begin(), values.end(), host);
      return device;
    };
    batch_.ids = copy(batch.ids);
    batch_.positions = copy(batch.positions);
    batch_.starts = copy(batch.starts);
    batch_.types = batch.type_ids.empty() ? nullptr : copy(batch.type_ids);
    batch_.tokens = static_cast<int>(tokens);
    batch_.texts = static_cast<int>(texts);
    batch_.tile_count = static_cast<int>(tiles);
    const auto [tails, tails_there] = part<std::int32_t>(tokens - texts, at);
    const auto [all, all_there] = part<AttentionTile>(tiles, at);
    const auto [first, first_there] = part<AttentionTile>(texts, at);
    batch_.tails = tails_there;
    batch_.tiles = all_there;
    batch_.first_tiles = first_there;
    fill_tiles(batch, tails, all, first);
    batch_transfer_ = {host_batch_.data(), device_batch_.data(), at};
    return {};
  }

  static std::size_t tiles_of(const PackedTokens& batch, std::size_t text) {
    return static_cast<std::size_t>(batch.starts[text + 1] - batch.starts[text] + kTileQueries - 1) /
           kTileQueries;
  }

  static void fill_tiles(const PackedTokens& batch, std::int32_t* tails, AttentionTile* all,
                         AttentionTile* first) {
    for (std::size_t text = 0; text < batch.texts(); ++text) {
      const std::int32_t begin = batch.starts[text], keys = batch.starts[text + 1] - begin;
      for (std::int32_t token = 1; token < keys; ++token) *tails++ = begin + token;
      *first++ = {begin, keys, 0, 1, static_cast<std::int32_t>(text)};
      for (std::int32_t query = 0; query < keys; query += kTileQueries)
        *all++ = {begin, keys, query, std::min(kTileQueries, keys - query), begin + query};
    }
  }

  void give_back() {
    for (Memory* memory : {&scratch_, &device_answers_, &host_answers_, &host_batch_, &device_batch_})
      *memory = Memory();
    gpu_->trim();
  }

  std::unique_ptr<Gpu> gpu_;  // first: what follows is its memory
  MemoryBudget budget_;
  DeviceInfo info_;
  Turn turn_;  // forward passes follow each other in the order of asking
  Memory host_batch_, device_batch_, scratch_, host_answers_, device_answers_;
  GpuBatch batch_;
  Transfer batch_transfer_;
  std::vector<Command> commands_;
  std::vector<Answer> downloads_;
};

}  // namespace

Result<Memory> Memory::make(Gpu& gpu, MemoryBudget& budget, std::size_t bytes, Where where) {
  Memory memory;
  if (where == Where::kDevice && !budget.take(bytes))
    return Status(
        Code::kResourceExhausted,
        "the limit of the GPU's memory is reached; allow more, or take a smaller batch budget or model");
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
