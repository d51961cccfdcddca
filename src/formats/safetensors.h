// safetensors files: eight bytes of header length, a JSON header, the tensors' bytes. Source: the format's
// description and the checks of its reference reader (huggingface/safetensors): a header of at most 100 MB
// that begins with '{'; tensors that cover the rest of the file exactly, without holes or overlaps; each as
// long as its shape and type say.
//
// The views point into `file`. f64, f32, f16, bf16 and i64 are typed, every other type is DType::kOther.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "formats/tensor_view.h"

namespace rappel {

// `name` is used in messages and as TensorView::file. kCorrupt for anything that breaks the rules above, with
// the tensor's name; kResourceExhausted for a header that is larger than the format allows or names more than
// 2^17 tensors.
Result<std::vector<TensorView>> read_safetensors(std::span<const std::byte> file, const std::string& name);

}  // namespace rappel
