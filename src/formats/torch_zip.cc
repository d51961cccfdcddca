#include "formats/torch_zip.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "codec/zip_directory.h"
#include "formats/unpickler.h"

namespace rappel {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::size_t kMaxMembers = 1u << 16;
constexpr std::uint64_t kSpareCopies = 64u << 20;
constexpr std::size_t kMaxPickle = 32u << 20;  // a state dict of 400 tensors has 60 KB

std::string_view as_text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

Status convert_hint(Code code, const std::string& file, const std::string& what) {
  return Status(code,
                file + ": " + what +
                    "; save it again with a current PyTorch (torch.save(torch.load(path, weights_only=True), "
                    "path)) or use the model's safetensors file");
}

// Files that are no zip archive but that people have.
Status explain_other_file(Bytes file, const std::string& name) {
  const std::string_view text = as_text(file);
  if (text.starts_with('\x80') || (text.size() > 262 && text.substr(257, 5) == "ustar"))
    return convert_hint(Code::kUnsupported, name, "was written by PyTorch before 1.6 (not a zip archive)");
  return Status(Code::kCorrupt, name + ": is not a PyTorch file (no zip archive); download it again");
}

// The pickle and the folder name that all members share.
Result<const ZipMember*> find_pickle(const ZipDirectory& zip, const std::string& file) {
  const ZipMember* pickle = nullptr;
  for (const ZipMember& member : zip.members()) {
    const std::string_view name = member.name;
    const std::size_t slash = name.find('/');
    if (slash == std::string_view::npos || name.substr(slash) != "/data.pkl") continue;
    if (pickle != nullptr) return Status(Code::kCorrupt, file + ": holds two data.pkl");
    pickle = &member;
  }
  if (pickle == nullptr)
    return Status(Code::kCorrupt, file + ": is a zip archive without data.pkl, so not written by torch.save");
  const std::string top = pickle->name.substr(0, pickle->name.find('/') + 1);
  if (zip.find(top + "constants.pkl") != nullptr)
    return Status(Code::kUnsupported,
                  file +
                      ": is a TorchScript program, not a file of tensors; use the model's "
                      "pytorch_model.bin or safetensors file");
  if (!pickle->stored()) return convert_hint(Code::kUnsupported, file, "its member data.pkl is compressed");
  if (pickle->bytes.size() > kMaxPickle)
    return Status(Code::kResourceExhausted, file + ": its data.pkl has " +
                                                std::to_string(pickle->bytes.size()) +
                                                " bytes, more than a state dict needs");
  const ZipMember* order = zip.find(top + "byteorder");
  if (order != nullptr && order->stored() && as_text(order->bytes) != "little")
    return convert_hint(Code::kUnsupported, file,
                        "holds " + printable(as_text(order->bytes)) + "-endian numbers");
  return pickle;
}

bool contiguous(const PickledTensor& tensor) {
  std::uint64_t expected = 1;  // cannot overflow: the shape was checked by tensor_bytes
  for (std::size_t i = tensor.shape.size(); i-- > 0;) {
    const auto size = static_cast<std::uint64_t>(tensor.shape[i]);
    if (size == 0) return true;
    if (size > 1 && (tensor.strides[i] < 0 || static_cast<std::uint64_t>(tensor.strides[i]) != expected))
      return false;
    expected *= size;
  }
  return true;
}

// Whether a strided tensor with elements reads only indices below `stored`.
bool lies_inside(const PickledTensor& tensor, std::uint64_t stored) {
  std::uint64_t last = static_cast<std::uint64_t>(tensor.offset);
  for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
    if (tensor.strides[i] < 0) return false;
    const auto steps = static_cast<std::uint64_t>(tensor.shape[i]) - 1;
    const auto stride = static_cast<std::uint64_t>(tensor.strides[i]);
    if (steps == 0 || stride == 0) continue;
    if (last >= stored || stride > (stored - 1 - last) / steps) return false;
    last += stride * steps;
  }
  return last < stored;
}

// The elements of a tensor that lies_inside() its storage, in row-major order.
std::shared_ptr<const std::vector<std::byte>> gather(const PickledTensor& tensor, Bytes storage,
                                                     std::size_t elements) {
  const std::size_t size = tensor.element_size, dimensions = tensor.shape.size();
  auto out = std::make_shared<std::vector<std::byte>>(elements * size);
  std::vector<std::int64_t> place(dimensions, 0);
  auto at = static_cast<std::size_t>(tensor.offset);
  for (std::size_t i = 0; i < elements; ++i) {
    std::memcpy(out->data() + i * size, storage.data() + at * size, size);
    for (std::size_t d = dimensions; d-- > 0;) {
      const auto stride = static_cast<std::size_t>(tensor.strides[d]);
      if (++place[d] < tensor.shape[d]) {
        at += stride;
        break;
      }
      at -= stride * static_cast<std::size_t>(tensor.shape[d] - 1);
      place[d] = 0;
    }
  }
  return out;
}

// `copies`: how many bytes may still be copied.
Result<TensorView> view_of(std::string tensor_name, const PickledTensor& tensor, const ZipDirectory& zip,
                           const std::string& top, const std::string& file, std::uint64_t& copies) {
  const std::string what = file + ": tensor " + printable(tensor_name);
  const ZipMember* member = zip.find(top + "data/" + tensor.storage);
  if (member == nullptr)
    return Status(Code::kCorrupt,
                  what + " has its bytes in member data/" + printable(tensor.storage) + ", which is missing");
  if (!member->stored())
    return convert_hint(Code::kUnsupported, file,
                        "member data/" + printable(tensor.storage) + " is compressed");
  const auto size = tensor_bytes(tensor.shape, tensor.element_size);
  if (!size) return size.status().with_context(what);
  const std::uint64_t elements = *size / tensor.element_size;
  const auto stored = static_cast<std::uint64_t>(tensor.storage_elements);
  if (stored > member->bytes.size() / tensor.element_size)
    return Status(Code::kCorrupt, what + ": its storage should hold " + std::to_string(stored) +
                                      " elements but has " + std::to_string(member->bytes.size()) + " bytes");
  const bool in_order = elements == 0 || contiguous(tensor);
  if (tensor.offset < 0 || static_cast<std::uint64_t>(tensor.offset) > stored ||
      (in_order ? elements > stored - static_cast<std::uint64_t>(tensor.offset)
                : !lies_inside(tensor, stored)))
    return Status(Code::kCorrupt, what + " of shape " + shape_text(tensor.shape) +
                                      (in_order ? "" : " and strides " + shape_text(tensor.strides)) +
                                      " lies outside its storage of " + std::to_string(stored) + " elements");
  TensorView view;
  view.name = std::move(tensor_name);
  view.dtype = tensor.dtype;
  view.shape = tensor.shape;
  view.file = file;
  if (in_order) {
    view.bytes = member->bytes.subspan(static_cast<std::size_t>(tensor.offset) * tensor.element_size,
                                       static_cast<std::size_t>(*size));
    return view;
  }
  if (*size > copies)
    return Status(Code::kResourceExhausted, what + " of shape " + shape_text(view.shape) + " and strides " +
                                                shape_text(tensor.strides) +
                                                " repeats its storage more often than a model needs");
  copies -= *size;
  const auto copy = gather(tensor, member->bytes, static_cast<std::size_t>(elements));
  view.bytes = *copy;
  view.owner = copy;
  return view;
}

}  // namespace

Result<std::vector<TensorView>> read_torch_zip(std::span<const std::byte> file, const std::string& name) {
  if (!as_text(file).starts_with("PK")) return explain_other_file(file, name);
  auto zip = ZipDirectory::read(file, kMaxMembers);
  if (!zip) return zip.status().with_context(name);
  RAPPEL_ASSIGN(const ZipMember* pickle, find_pickle(*zip, name));
  const std::string top = pickle->name.substr(0, pickle->name.find('/') + 1);
  auto pickled = unpickle_tensors(pickle->bytes);
  if (!pickled) return pickled.status().with_context(name);
  std::vector<TensorView> tensors;
  tensors.reserve(pickled->size());
  std::uint64_t copies = file.size() + kSpareCopies;
  for (auto& [tensor_name, tensor] : *pickled) {
    RAPPEL_ASSIGN(TensorView view, view_of(tensor_name, tensor, *zip, top, name, copies));
    tensors.push_back(std::move(view));
  }
  return tensors;
}

}  // namespace rappel
