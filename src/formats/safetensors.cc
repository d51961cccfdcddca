#include "formats/safetensors.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include "codec/json.h"

namespace rappel {
namespace {

constexpr std::uint64_t kMaxHeader = 100'000'000;
constexpr std::size_t kMaxTensors = 1u << 17;
constexpr std::size_t kMaxDimensions = 16;

struct ElementType {
  const char* name;
  DType type;
  std::size_t size;
};
constexpr std::array kElementTypes = {
    ElementType{"F32", DType::kF32, 4},       ElementType{"F16", DType::kF16, 2},
    ElementType{"BF16", DType::kBF16, 2},     ElementType{"I64", DType::kI64, 8},
    ElementType{"F64", DType::kF64, 8},       ElementType{"U64", DType::kOther, 8},
    ElementType{"I32", DType::kOther, 4},     ElementType{"U32", DType::kOther, 4},
    ElementType{"I16", DType::kOther, 2},     ElementType{"U16", DType::kOther, 2},
    ElementType{"I8", DType::kOther, 1},      ElementType{"U8", DType::kOther, 1},
    ElementType{"BOOL", DType::kOther, 1},    ElementType{"F8_E4M3", DType::kOther, 1},
    ElementType{"F8_E5M2", DType::kOther, 1}, ElementType{"C64", DType::kOther, 8},
};

const ElementType* element_type(const std::string& name) {
  const auto it = std::find_if(kElementTypes.begin(), kElementTypes.end(),
                               [&](const ElementType& type) { return name == type.name; });
  return it == kElementTypes.end() ? nullptr : &*it;
}

struct Entry {
  std::string name;
  std::optional<std::string> dtype;
  std::optional<std::vector<std::int64_t>> shape;
  std::optional<std::vector<std::int64_t>> offsets;
};

// Reads the header's three levels as events. A header of 100 MB may hold tens of millions of values: only the
// tensors' own numbers are kept, never a tree.
class HeaderReader final : public nlohmann::json_sax<Json> {
 public:
  std::vector<Entry> entries;
  std::string problem;
  bool too_many = false;

  bool null() override { return other_value(); }
  bool boolean(bool) override { return other_value(); }
  bool number_float(number_float_t, const string_t&) override { return other_value(); }
  bool binary(binary_t&) override { return other_value(); }
  bool number_integer(number_integer_t value) override { return integer(value); }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<number_unsigned_t>(INT64_MAX)) return fail("a number that is too large");
    return integer(static_cast<std::int64_t>(value));
  }

  bool string(string_t& value) override {
    if (in_metadata_ && depth_ == 2) return true;
    if (depth_ != 2 || key_ != "dtype") return other_value();
    entries.back().dtype = std::move(value);
    return true;
  }

  bool start_object(std::size_t) override {
    if (depth_ > 1 || array_ != nullptr) return other_value();
    ++depth_;
    return true;
  }
  bool end_object() override {
    --depth_;
    in_metadata_ = false;
    return true;
  }

  bool key(string_t& value) override {
    if (depth_ == 1) {
      in_metadata_ = value == "__metadata__";
      if (!names_.insert(value).second) return fail("tensor " + printable(value) + " twice");
      if (in_metadata_) return true;
      too_many = entries.size() == kMaxTensors;
      if (too_many) return false;
      entries.push_back(Entry{std::move(value), {}, {}, {}});
      return true;
    }
    if (in_metadata_) return true;
    key_ = std::move(value);
    const Entry& entry = entries.back();
    const bool again = (key_ == "dtype" && entry.dtype) || (key_ == "shape" && entry.shape) ||
                       (key_ == "data_offsets" && entry.offsets);
    return again ? fail("\"" + key_ + "\" twice for tensor " + printable(entry.name)) : true;
  }

  bool start_array(std::size_t) override {
    if (depth_ != 2 || in_metadata_ || array_ != nullptr) return other_value();
    Entry& entry = entries.back();
    if (key_ == "shape")
      array_ = &entry.shape.emplace();
    else if (key_ == "data_offsets")
      array_ = &entry.offsets.emplace();
    else
      return other_value();
    return true;
  }
  bool end_array() override {
    array_ = nullptr;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    return fail("malformed JSON at byte " + std::to_string(position));
  }

 private:
  bool fail(std::string what) {
    if (problem.empty()) problem = std::move(what);
    return false;
  }
  bool other_value() {
    return fail(entries.empty() ? "something else than tensors"
                                : "an unexpected value at tensor " + printable(entries.back().name));
  }
  bool integer(std::int64_t value) {
    if (array_ == nullptr || array_->size() == kMaxDimensions) return other_value();
    array_->push_back(value);
    return true;
  }

  int depth_ = 0;
  bool in_metadata_ = false;
  std::string key_;
  std::vector<std::int64_t>* array_ = nullptr;
  std::set<std::string, std::less<>> names_;
};

Status corrupt(const std::string& file, const std::string& what) {
  return Status(Code::kCorrupt, file + ": " + what);
}

Result<std::vector<Entry>> read_header(std::span<const std::byte> header, const std::string& file) {
  const std::string_view text(reinterpret_cast<const char*>(header.data()), header.size());
  if (text.empty() || text.front() != '{') return corrupt(file, "its header is not a JSON object");
  HeaderReader reader;
  bool complete = false;
  try {
    complete = Json::sax_parse(text.begin(), text.end(), &reader);
  } catch (const Json::exception& error) {
    reader.problem = error.what();
  }
  if (reader.too_many)
    return Status(Code::kResourceExhausted,
                  file + ": names more than " + std::to_string(kMaxTensors) + " tensors");
  if (!complete) return corrupt(file, "its header holds " + reader.problem);
  return std::move(reader.entries);
}

Result<TensorView> view_of(Entry& entry, std::span<const std::byte> data, const std::string& file) {
  const std::string tensor = "tensor " + printable(entry.name);
  if (!entry.dtype || !entry.shape || !entry.offsets || entry.offsets->size() != 2)
    return corrupt(file, tensor + " needs dtype, shape and two data_offsets");
  const ElementType* type = element_type(*entry.dtype);
  if (type == nullptr) return corrupt(file, tensor + " has unknown dtype " + printable(*entry.dtype));
  const std::int64_t begin = (*entry.offsets)[0];
  const std::int64_t end = (*entry.offsets)[1];
  if (begin < 0 || end < begin || static_cast<std::uint64_t>(end) > data.size())
    return corrupt(file, tensor + " lies at " + shape_text(*entry.offsets) + " of " +
                             std::to_string(data.size()) +
                             " data bytes: the file is cut off or damaged; download it again");
  const auto size = tensor_bytes(*entry.shape, type->size);
  if (!size) return size.status().with_context(file + ": " + tensor);
  if (*size != static_cast<std::uint64_t>(end - begin))
    return corrupt(file, tensor + " of shape " + shape_text(*entry.shape) + " and type " + *entry.dtype +
                             " needs " + std::to_string(*size) + " bytes but has " +
                             std::to_string(end - begin));
  TensorView view;
  view.name = std::move(entry.name);
  view.dtype = type->type;
  view.shape = std::move(*entry.shape);
  view.bytes = data.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
  view.file = file;
  return view;
}

// Every byte belongs to exactly one tensor.
Status check_cover(std::vector<TensorView>& tensors, std::span<const std::byte> data,
                   const std::string& file) {
  std::sort(tensors.begin(), tensors.end(), [](const TensorView& a, const TensorView& b) {
    return std::pair(a.bytes.data(), a.bytes.size()) < std::pair(b.bytes.data(), b.bytes.size());
  });
  const std::byte* next = data.data();
  for (const TensorView& tensor : tensors) {
    if (tensor.bytes.data() < next)
      return corrupt(file, "tensor " + printable(tensor.name) + " overlaps another");
    if (tensor.bytes.data() > next)
      return corrupt(file, "bytes of no tensor lie before tensor " + printable(tensor.name));
    next += tensor.bytes.size();
  }
  if (next != data.data() + data.size())
    return corrupt(
        file, "has " + std::to_string(data.data() + data.size() - next) + " bytes after its last tensor");
  return {};
}

}  // namespace

Result<std::vector<TensorView>> read_safetensors(std::span<const std::byte> file, const std::string& name) {
  constexpr std::size_t kLengthSize = 8;
  if (file.size() < kLengthSize) return corrupt(name, "is too short for a safetensors file");
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < kLengthSize; ++i) length |= static_cast<std::uint64_t>(file[i]) << (8 * i);
  if (length > kMaxHeader)
    return Status(Code::kResourceExhausted, name + ": its header would be " + std::to_string(length) +
                                                " bytes, more than the 100 MB of the safetensors format");
  if (length > file.size() - kLengthSize)
    return corrupt(name,
                   "is cut off inside its header of " + std::to_string(length) + " bytes; download it again");
  RAPPEL_ASSIGN(auto entries, read_header(file.subspan(kLengthSize, static_cast<std::size_t>(length)), name));
  const auto data = file.subspan(kLengthSize + static_cast<std::size_t>(length));
  std::vector<TensorView> tensors;
  tensors.reserve(entries.size());
  for (Entry& entry : entries) {
    RAPPEL_ASSIGN(TensorView view, view_of(entry, data, name));
    tensors.push_back(std::move(view));
  }
  RAPPEL_TRY(check_cover(tensors, data, name));
  return tensors;
}

}  // namespace rappel
