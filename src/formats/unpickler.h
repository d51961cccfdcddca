// A data-only reader of the pickles inside PyTorch files: it rebuilds the dictionary of tensors that
// torch.save wrote for a state dict, and nothing else.
//
// A pickle is a program for a small stack machine that may call any Python function. Here nothing is ever
// called: opcodes and globals are an allow-list (dicts, lists, tuples, numbers, strings;
// collections.OrderedDict, the tensor rebuilders of torch._utils, the storage classes of torch), and each
// allowed "call" is a few lines of C++ that make a value. Anything else ends in kUnsupported with its name:
// "refuses to load os.system". Source: Lib/pickletools.py of CPython (protocols 0 to 5) and
// torch/_weights_only_unpickler.py for what a state dict needs.
//
// Time and memory are linear in the pickle's length whatever it says: values live in one arena and refer to
// each other by index (deep nesting costs no stack, shared values are not expanded), and the number of values
// is bounded.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "formats/tensor_view.h"

namespace rappel {

// A tensor as the pickle describes it. Its numbers are not yet checked against the storage.
struct PickledTensor {
  std::string storage;  // key of the storage: the member data/<storage> of the zip file
  DType dtype = DType::kOther;
  std::size_t element_size = 0;
  std::int64_t storage_elements = 0;
  std::int64_t offset = 0;  // in elements
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;  // in elements, as many as dimensions
};

using PickledTensors = std::vector<std::pair<std::string, PickledTensor>>;

// The tensors of a dictionary that has string keys, in its order; values that are not tensors are left out, a
// repeated key keeps its last value. kCorrupt for a damaged pickle, kUnsupported for one that asks for more
// than data or holds something else than a dictionary of tensors, kResourceExhausted for more than 2^19
// values or 2^15 tensors. Messages do not name the file.
Result<PickledTensors> unpickle_tensors(std::span<const std::byte> pickle);

}  // namespace rappel
