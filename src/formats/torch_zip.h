// PyTorch files as torch.save writes them since 1.6 (`pytorch_model.bin`, `sparse_linear.pt`): a zip archive
// with a pickle
// (<top>/data.pkl) that describes the tensors, and one stored member (<top>/data/<key>) per storage.
//
// The pickle is read by a data-only unpickler: nothing is executed (formats/unpickler.h). Tensors become
// views of the members' bytes inside `file`; each is checked to lie within its storage, and the storage
// within its member. Tensors may share a storage. Those that are not stored row by row (a transposed kernel,
// an expanded bias) are copied once into that order; copies of one file may have at most its size and 64 MiB
// more (kResourceExhausted). Refused with kUnsupported and a way out: files of older PyTorch, TorchScript
// archives, compressed members, big-endian files.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "formats/tensor_view.h"

namespace rappel {

// `name` is used in messages and as TensorView::file. Tensors come in the pickle's order, under its names.
Result<std::vector<TensorView>> read_torch_zip(std::span<const std::byte> file, const std::string& name);

}  // namespace rappel
