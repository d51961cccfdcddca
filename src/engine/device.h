// Device: holds weights and activations and implements the dozen coarse operations of an encoder.
//
// One folder per implementation: reference/ (naive, the ground truth of tests), cpu/, cuda/, metal/. A device
// owns the memory of the Buffers, Tables, Norms and Linears that it creates. These are opaque handles: use
// them only with the device that made them, and destroy them before it. The device chooses layout and element
// type: a Buffer of "rows x columns" may be padded or contain half floats.
//
// A forward pass is one call of run(): the device calls the function once per lane, at the same time (CPU:
// each thread of the pool; accelerator: one lane that enqueues). Every lane must call the same ops with the
// same arguments in the same order; an op sees everything that earlier ops wrote. Ops do not return errors:
// run() returns the first failure, and the content of the buffers is then unspecified. A device may skip
// work that no download depends on.
//
// Guarantee: the rows of a text depend only on its own tokens, not on the batch, its order or the number of
// lanes. Results are bit-identical on one device, instruction set and weight kind; equal up to rounding if
// DeviceInfo::same_bits is false.
//
// Thread-safety: run() may be called from any thread; forward passes over different buffers run concurrently
// or one after another in order of arrival. Uploads and allocations may run during a forward pass.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>

#include "base/status.h"
#include "engine/memory_budget.h"
#include "formats/tensor_view.h"

namespace rappel {

struct PackedTokens;

// How a Linear stores its weights. kTf32: float32, of which products may use 10 bits of mantissa. kHalf: the
// best 16-bit format of the device; kBfloat16: the 16-bit format with the range of float32. kInt8: 8 bits
// with scales, multiplied by 8-bit activations. kW8A16: 8 bits with scales, activations of about 16 bits.
// Activations, embedding tables and LayerNorm keep the device's float type.
enum class WeightKind { kFloat32, kTf32, kHalf, kBfloat16, kInt8, kW8A16 };
inline constexpr WeightKind kWeightKinds[] = {WeightKind::kFloat32,  WeightKind::kTf32, WeightKind::kHalf,
                                              WeightKind::kBfloat16, WeightKind::kInt8, WeightKind::kW8A16};
const char* weight_kind_name(WeightKind kind);  // "float32", "tf32", "half", "bfloat16", "int8", "w8a16"

struct DeviceInfo {
  std::string name;         // "cpu", "reference": the value of --device
  std::string description;  // "Intel(R) Xeon(R) Processor, AVX-512, 2 threads"
  int lanes = 1;
  // The fastest kind with a measured loss of quality within the project's limits (docs/engine.md).
  WeightKind preferred = WeightKind::kFloat32;
  // After attention, the encoder processes this many rows through all steps of a layer before the next rows.
  // Intermediate results then stay in the cache and need less memory. Results do not depend on it.
  std::size_t rows_at_once = std::numeric_limits<std::size_t>::max();
  // False: a library chooses its kernels by batch size, so the last bits of a text's result may depend on the
  // rest of the batch.
  bool same_bits = true;
  // Largest batch, in tokens, that is worth trying for speed.
  std::size_t most_batch_tokens = 2048;
  // Batch size, in tokens, if the speed of batch sizes cannot be measured.
  std::size_t usual_batch_tokens = 512;
  // Token counts, ascending: from the third pass on, a single text of about this length is computed faster.
  std::span<const std::size_t> repeated_tokens;
  std::uint64_t memory_bytes = 0;  // memory of the device; 0: unknown
};

// Zeroed matrix for activations. Each op documents the columns that it writes; the content is valid until the
// end of the forward pass.
class Buffer {
 public:
  virtual ~Buffer() = default;
  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_; }

 protected:
  Buffer(std::size_t rows, std::size_t columns) : rows_(rows), columns_(columns) {}

 private:
  std::size_t rows_, columns_;
};

// Rows of a buffer from `first` on. A Buffer converts to all its rows.
template <class AnyBuffer>
struct RowsFrom {
  RowsFrom(AnyBuffer& of, std::size_t from = 0) : buffer(of), first(from) {}
  AnyBuffer& buffer;
  std::size_t first;
};
using InRows = RowsFrom<const Buffer>;
using OutRows = RowsFrom<Buffer>;

// Embedding table [rows, columns]. It may be a view of the model file, so the tensor's bytes must outlive it.
class Table {
 public:
  virtual ~Table() = default;
};

// LayerNorm's scale, shift and epsilon.
class Norm {
 public:
  virtual ~Norm() = default;
};

// y = x W^T + b, in the layout of the device. The source tensors may be destroyed after the upload.
class Linear {
 public:
  virtual ~Linear() = default;
  int inputs() const { return inputs_; }
  int outputs() const { return outputs_; }

 protected:
  Linear(int inputs, int outputs) : inputs_(inputs), outputs_(outputs) {}

 private:
  int inputs_, outputs_;
};

// A weight [outputs, inputs] with its bias [outputs]. Several parts with the same inputs form one Linear with
// concatenated outputs (query, key, value).
struct LinearPart {
  TensorView weight;
  TensorView bias;
};

// Applied after the product and the bias, in the same pass over the output. kGelu is the exact form, x/2 (1 +
// erf(x/sqrt 2)).
enum class Epilogue { kNone, kGelu, kTanh, kRelu, kResidual };

// The rows of the batch that an op computes: every token, or the first token of each text (row i of the
// output = text i).
enum class Select { kAllTokens, kFirstTokens };

struct EmbeddingTables {
  const Table* words = nullptr;
  const Table* positions = nullptr;
  const Table* types = nullptr;
  const Norm* norm = nullptr;
  // Weight kind of the encoder. With quantized weights a device may keep activations in 16 bits from here on.
  WeightKind kind = WeightKind::kFloat32;
};

// Heads are adjacent: head h has columns [h * size, (h + 1) * size) of each of query, key and value.
struct AttentionShape {
  int heads = 0;
  int size = 0;  // of one head; heads * size = hidden
  // Weight kind of the encoder. With quantized weights a device may compute in 16 bits if that is faster.
  WeightKind kind = WeightKind::kFloat32;
};

// The ops of a running forward pass, as one lane calls them. An output must not be an input of the same op,
// except for ops that work in place.
class Pass {
 public:
  virtual ~Pass() = default;

  // out[t] = LayerNorm(words[id] + types[type] + positions[position]) for every token of the batch.
  virtual void embed(const EmbeddingTables& tables, Buffer& out) = 0;
  // `rows` rows. `residual` (kResidual only) is added after the bias; its rows start at the same row as
  // out's.
  virtual void linear(const Linear& weights, InRows in, std::size_t rows, Epilogue epilogue,
                      const Buffer* residual, OutRows out) = 0;
  // qkv: [tokens, 3 * hidden], query, key and value concatenated. softmax(q k / sqrt(size)) v within each
  // text.
  virtual void attention(const Buffer& qkv, AttentionShape shape, Select queries, Buffer& out) = 0;
  // In place, over `rows` rows.
  virtual void layer_norm(const Norm& norm, std::size_t rows, OutRows in_out) = 0;
  // out[i] = in[first token of text i].
  virtual void gather_first(const Buffer& in, std::size_t columns, Buffer& out) = 0;
  // out[i] = mean of the rows of text i.
  virtual void mean_pool(const Buffer& in, std::size_t columns, Buffer& out) = 0;
  // Divides the first `columns` of each row by their Euclidean length (at least 1e-12). In place.
  virtual void l2_normalize(std::size_t rows, std::size_t columns, Buffer& in_out) = 0;
  // Copies to host memory, row-major [rows, columns] without padding. Valid after run() has returned.
  virtual void download(const Buffer& in, std::size_t rows, std::size_t columns, float* out) = 0;
  // The same for the rows of all tokens except the first one of each text: [tokens - texts, columns].
  virtual void download_tails(const Buffer& in, std::size_t columns, float* out) = 0;
};

using Forward = std::function<void(Pass&)>;

class Device {
 public:
  virtual ~Device() = default;

  virtual const DeviceInfo& info() const = 0;
  virtual bool supports(WeightKind kind) const = 0;
  // The kind to use for `kind`. If the device lacks a kind that is a faster form of another, the other one
  // (kTf32: kFloat32, kBfloat16: kHalf); else `kind`, even if the device does not support it.
  WeightKind form_of(WeightKind kind) const;

  // kResourceExhausted without memory.
  virtual Result<std::unique_ptr<Buffer>> allocate(std::size_t rows, std::size_t columns) = 0;
  // The caller guarantees the shapes (ModelFiles::tensor checks them); types are f32, f16 or bf16.
  virtual Result<std::unique_ptr<Table>> upload_table(const TensorView& table) = 0;
  virtual Result<std::unique_ptr<Norm>> upload_norm(const TensorView& scale, const TensorView& shift,
                                                    float eps) = 0;
  // kUnsupported if the device lacks the kind. `sizes`, if not empty, holds the typical relative magnitude of
  // each input (for the output of a LayerNorm: from its scale and shift). A device may use it as SmoothQuant
  // does: divide outliers by a factor before it quantizes activations and multiply their weights by the same
  // factor, which does not change the exact product.
  virtual Result<std::unique_ptr<Linear>> upload_linear(std::span<const LinearPart> parts, WeightKind kind,
                                                        std::span<const float> sizes) = 0;

  // One forward pass over `batch`, which has passed PackedTokens::check() and has at least one text. Errors:
  // kResourceExhausted if memory is short (a smaller batch may fit); kUnavailable if the device is lost,
  // after which every call fails.
  virtual Status run(const PackedTokens& batch, const Forward& forward) = 0;
  // Releases memory that is kept only to make later passes faster.
  virtual void trim() {}
  // Memory that the device has allocated, as counted by memory_budget.h. Thread-safe.
  virtual MemoryUse memory() const { return {}; }
};

}  // namespace rappel
