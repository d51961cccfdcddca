// Device: where weights and activations live, and the dozen coarse operations that an encoder is made of.
//
// One folder per implementation: reference/ (naive, the judge), cpu/; others come behind this same interface.
// A device owns every byte that it hands out as Buffer, Table, Norm or Linear through opaque handles; handles
// are used only with the device that made them and must not outlive it. The device decides layout and element
// type: a Buffer of "rows x columns" may be padded or hold half floats.
//
// A forward pass is one call of run(): the device calls the function once per lane, at the same time (CPU:
// each thread of the pool; an accelerator: one lane that enqueues). Every lane must call the same ops with
// the same arguments in the same order; an op sees everything that earlier ops wrote. Ops cannot fail one by
// one: the first failure ends up in run()'s Status, and what the buffers hold then is unspecified. What no
// download depends on need not be computed.
//
// Promise that callers build on: a text's rows depend on its own tokens alone - not on the batch, its order
// or the number of lanes - bit for bit on one device, instruction set and weight kind; within rounding where
// DeviceInfo::same_bits is false.
//
// Thread-safety: run() may be called from any thread; forward passes over different buffers run at
// once or take turns in the order of asking. Uploads and allocations may run beside a forward pass.
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

// How a Linear keeps its weights: kTf32 as float32, of which products may read the first 10 bits behind the
// point; kHalf is the best 16-bit form of the device, kBfloat16 that with float32's range; kInt8 8 bits with
// scales, against activations of 8 bits; kW8A16 8 bits with scales against activations of about 16.
// Activations, embedding tables and LayerNorm stay as the device keeps floats.
enum class WeightKind { kFloat32, kTf32, kHalf, kBfloat16, kInt8, kW8A16 };
inline constexpr WeightKind kWeightKinds[] = {WeightKind::kFloat32,  WeightKind::kTf32, WeightKind::kHalf,
                                              WeightKind::kBfloat16, WeightKind::kInt8, WeightKind::kW8A16};
const char* weight_kind_name(WeightKind kind);  // "float32", "tf32", "half", "bfloat16", "int8", "w8a16"

struct DeviceInfo {
  std::string name;         // "cpu", "reference": what a user selects
  std::string description;  // "Intel(R) Xeon(R) Processor, AVX-512, 2 threads"
  int lanes = 1;
  // The fastest kind whose loss of quality is measured to be within the project's bars (docs/engine.md).
  WeightKind preferred = WeightKind::kFloat32;
  // Behind attention a layer goes through all its steps with so many rows before the next ones: what lies
  // between stays in the cache, and the intermediate rows need no more memory. Bits do not depend on it.
  std::size_t rows_at_once = std::numeric_limits<std::size_t>::max();
  // False: a library chooses its kernels by the size of a batch, so a text's bits may depend on its company.
  bool same_bits = true;
  // Most tokens of a batch that are worth trying for speed.
  std::size_t most_batch_tokens = 2048;
  // Tokens of a batch where the speed of sizes cannot be measured.
  std::size_t usual_batch_tokens = 512;
  // Numbers of tokens, ascending: from the third pass on, one text of about so many is computed faster.
  std::span<const std::size_t> repeated_tokens;
  std::uint64_t memory_bytes = 0;  // that it has; 0 = not known
};

// Zeroed matrix for activations. Its columns may be used in part: an op writes the columns it says. What was
// written lasts to the end of the forward pass.
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

// Rows of a buffer from `first` on. A buffer stands for all its rows.
template <class AnyBuffer>
struct RowsFrom {
  RowsFrom(AnyBuffer& of, std::size_t from = 0) : buffer(of), first(from) {}
  AnyBuffer& buffer;
  std::size_t first;
};
using InRows = RowsFrom<const Buffer>;
using OutRows = RowsFrom<Buffer>;

// Embedding table [rows, columns]. May be a view of the model file: the tensor's bytes must outlive it.
class Table {
 public:
  virtual ~Table() = default;
};

// LayerNorm's scale, shift and epsilon.
class Norm {
 public:
  virtual ~Norm() = default;
};

// y = x W^T + b, packed as the device likes it. The tensors it came from may go after the upload.
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

// A weight [outputs, inputs] with its bias [outputs]. Several parts with the same inputs make one Linear with
// their outputs side by side (query, key, value).
struct LinearPart {
  TensorView weight;
  TensorView bias;
};

// What follows the product and the bias, in the same pass over the output. kGelu is the exact form, x/2 (1 +
// erf(x/sqrt 2)).
enum class Epilogue { kNone, kGelu, kTanh, kRelu, kResidual };

// Which rows of the batch an op computes: every token, or the first token of each text (row i of the output =
// text i).
enum class Select { kAllTokens, kFirstTokens };

struct EmbeddingTables {
  const Table* words = nullptr;
  const Table* positions = nullptr;
  const Table* types = nullptr;
  const Norm* norm = nullptr;
  // The encoder's. Behind reduced weights a device may keep activations in 16 bits, from here on.
  WeightKind kind = WeightKind::kFloat32;
};

// Heads lie side by side: head h has columns [h * size, (h + 1) * size) of each of query, key and value.
struct AttentionShape {
  int heads = 0;
  int size = 0;  // of one head; heads * size = hidden
  // The encoder's. Behind reduced weights a device may compute in 16 bits where it is faster so.
  WeightKind kind = WeightKind::kFloat32;
};

// One lane's side of a running forward pass. An output must not be an input of the same op, except where it
// says so.
class Pass {
 public:
  virtual ~Pass() = default;

  // out[t] = LayerNorm(words[id] + types[type] + positions[position]) for every token of the batch.
  virtual void embed(const EmbeddingTables& tables, Buffer& out) = 0;
  // `rows` rows. `residual` (kResidual only) is added after the bias; its rows begin where out's do.
  virtual void linear(const Linear& weights, InRows in, std::size_t rows, Epilogue epilogue,
                      const Buffer* residual, OutRows out) = 0;
  // qkv: [tokens, 3 * hidden], query, key and value side by side. softmax(q k / sqrt(size)) v within each
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
  // Copies to host memory, row-major [rows, columns] without padding. Valid when run() has returned.
  virtual void download(const Buffer& in, std::size_t rows, std::size_t columns, float* out) = 0;
  // The same for the rows of all tokens but each text's first: [tokens - texts, columns].
  virtual void download_tails(const Buffer& in, std::size_t columns, float* out) = 0;
};

using Forward = std::function<void(Pass&)>;

class Device {
 public:
  virtual ~Device() = default;

  virtual const DeviceInfo& info() const = 0;
  virtual bool supports(WeightKind kind) const = 0;
  // Where a kind is a faster form of another one and the device lacks it: that one (kTf32: kFloat32,
  // kBfloat16: kHalf). Else the kind, whether the device has it or not.
  WeightKind form_of(WeightKind kind) const;

  // kResourceExhausted when there is no memory for it.
  virtual Result<std::unique_ptr<Buffer>> allocate(std::size_t rows, std::size_t columns) = 0;
  // Shapes are the caller's promise (checked by ModelFiles::tensor); types are f32, f16 or bf16.
  virtual Result<std::unique_ptr<Table>> upload_table(const TensorView& table) = 0;
  virtual Result<std::unique_ptr<Norm>> upload_norm(const TensorView& scale, const TensorView& shift,
                                                    float eps) = 0;
  // kUnsupported when the device lacks the kind. `sizes`, when not empty, says how large each input tends to
  // be beside the others (what comes out of a LayerNorm: of its scale and shift). A device may divide
  // outliers by a factor before it rounds activations, and multiply their weights by it: in exact numbers
  // nothing changes.
  virtual Result<std::unique_ptr<Linear>> upload_linear(std::span<const LinearPart> parts, WeightKind kind,
                                                        std::span<const float> sizes) = 0;

  // One forward pass over `batch`, which has passed PackedTokens::check() and has at least one text. Errors:
  // kResourceExhausted when memory is short (a smaller batch may fit), kUnavailable when the device is lost:
  // nothing will run on it any more.
  virtual Status run(const PackedTokens& batch, const Forward& forward) = 0;
  // Gives back memory that is kept only to be faster next time.
  virtual void trim() {}
  // What it has given out and keeps, as far as it counts (memory_budget.h). Any thread.
  virtual MemoryUse memory() const { return {}; }
};

}  // namespace rappel
