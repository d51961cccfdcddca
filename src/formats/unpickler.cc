#include "formats/unpickler.h"

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace rappel {
namespace {

constexpr std::size_t kMaxValues = 1u << 19;  // also of the stack, the marks, the memo and the items copied
constexpr std::size_t kMaxTensors = 1u << 15;
constexpr std::size_t kMaxDimensions = 16;
constexpr std::size_t kMaxStorageKey = 64;

// Opcodes, by the names of pickletools.
// clang-format off
enum Op : std::uint8_t {
  kMark = '(', kStop = '.', kPop = '0', kPopMark = '1', kDup = '2', kBinFloat = 'G', kBinInt = 'J', kBinInt1 = 'K',
  kBinInt2 = 'M', kNone = 'N', kBinPersId = 'Q', kReduce = 'R', kBinUnicode = 'X', kAppend = 'a', kBuild = 'b',
  kGlobal = 'c', kDict = 'd', kEmptyDict = '}', kAppends = 'e', kBinGet = 'h', kLongBinGet = 'j', kList = 'l',
  kEmptyList = ']', kBinPut = 'q', kLongBinPut = 'r', kSetItem = 's', kTuple = 't', kEmptyTuple = ')', kSetItems = 'u',
  kBinString = 'T', kShortBinString = 'U', kProto = 0x80, kNewObj = 0x81, kTuple1 = 0x85, kTuple2 = 0x86,
  kTuple3 = 0x87, kNewTrue = 0x88, kNewFalse = 0x89, kLong1 = 0x8a, kShortBinUnicode = 0x8c, kBinUnicode8 = 0x8d,
  kStackGlobal = 0x93, kMemoize = 0x94, kFrame = 0x95,
};
// clang-format on

enum class Kind : std::uint8_t {
  kNone,
  kBool,
  kInt,
  kFloat,
  kString,
  kTuple,
  kList,
  kDict,
  kGlobal,
  kStorage,
  kTensor
};

// The meaning of an allowed global.
enum class Global : std::uint8_t {
  kOrderedDict,
  kRebuildTensor,
  kRebuildParameter,
  kSize,
  kDevice,
  kDataType,
  kStorageType,
};

struct GlobalEntry {
  const char* name;
  Global global;
  DType dtype = DType::kOther;  // of a storage class
  std::size_t element_size = 0;
};
constexpr std::array kGlobals = {
    GlobalEntry{"collections.OrderedDict", Global::kOrderedDict},
    GlobalEntry{"torch._utils._rebuild_tensor", Global::kRebuildTensor},
    GlobalEntry{"torch._utils._rebuild_tensor_v2", Global::kRebuildTensor},
    GlobalEntry{"torch._utils._rebuild_parameter", Global::kRebuildParameter},
    GlobalEntry{"torch._utils._rebuild_parameter_with_state", Global::kRebuildParameter},
    GlobalEntry{"torch.Size", Global::kSize},
    GlobalEntry{"torch.device", Global::kDevice},
    GlobalEntry{"torch.FloatStorage", Global::kStorageType, DType::kF32, 4},
    GlobalEntry{"torch.HalfStorage", Global::kStorageType, DType::kF16, 2},
    GlobalEntry{"torch.BFloat16Storage", Global::kStorageType, DType::kBF16, 2},
    GlobalEntry{"torch.LongStorage", Global::kStorageType, DType::kI64, 8},
    GlobalEntry{"torch.DoubleStorage", Global::kStorageType, DType::kF64, 8},
    GlobalEntry{"torch.IntStorage", Global::kStorageType, DType::kOther, 4},
    GlobalEntry{"torch.ShortStorage", Global::kStorageType, DType::kOther, 2},
    GlobalEntry{"torch.CharStorage", Global::kStorageType, DType::kOther, 1},
    GlobalEntry{"torch.ByteStorage", Global::kStorageType, DType::kOther, 1},
    GlobalEntry{"torch.BoolStorage", Global::kStorageType, DType::kOther, 1},
    GlobalEntry{"torch.float32", Global::kDataType},
    GlobalEntry{"torch.float16", Global::kDataType},
    GlobalEntry{"torch.bfloat16", Global::kDataType},
    GlobalEntry{"torch.float64", Global::kDataType},
    GlobalEntry{"torch.int64", Global::kDataType},
};

struct Value {
  Kind kind = Kind::kNone;
  std::int64_t integer = 0;             // kInt, kBool; index into the tensors for kTensor and kStorage
  const GlobalEntry* global = nullptr;  // kGlobal
  std::string text;                     // kString
  std::vector<std::uint32_t> items;     // kTuple, kList; kDict: key, value, key, value ...
};

using Index = std::uint32_t;

Status corrupt(const std::string& what) { return Status(Code::kCorrupt, "damaged pickle: " + what); }

// Bytes of the pickle, taken from the front. `ok` turns false for good when more is asked for than there is.
class Input {
 public:
  explicit Input(std::span<const std::byte> bytes) : bytes_(bytes) {}
  bool ok() const { return ok_; }

  std::string_view take(std::uint64_t count) {
    if (count > bytes_.size()) {
      ok_ = false;
      count = 0;
    }
    const std::string_view taken(reinterpret_cast<const char*>(bytes_.data()),
                                 static_cast<std::size_t>(count));
    bytes_ = bytes_.subspan(static_cast<std::size_t>(count));
    return taken;
  }
  // Little-endian; 0 when there are not enough bytes.
  std::uint64_t number(std::size_t width) {
    std::uint64_t value = 0;
    const std::string_view taken = take(width);
    for (std::size_t i = 0; i < taken.size(); ++i)
      value |= static_cast<std::uint64_t>(static_cast<unsigned char>(taken[i])) << (8 * i);
    return value;
  }
  std::string_view line() {
    const std::string_view all(reinterpret_cast<const char*>(bytes_.data()), bytes_.size());
    const std::size_t end = all.find('\n');
    if (end == std::string_view::npos) {
      ok_ = false;
      return {};
    }
    const std::string_view taken = take(end);
    take(1);
    return taken;
  }

 private:
  std::span<const std::byte> bytes_;
  bool ok_ = true;
};

class Machine {
 public:
  explicit Machine(std::span<const std::byte> pickle) : input_(pickle) {}

  Result<PickledTensors> run() {
    for (;;) {
      const auto op = static_cast<std::uint8_t>(input_.number(1));
      if (!input_.ok()) return corrupt("it ends before its end mark");
      if (op == kStop) return result();
      RAPPEL_TRY(step(op));
      if (!input_.ok()) return corrupt("it is cut off");
      const std::size_t most =
          std::max({values_.size(), stack_.size(), marks_.size(), memo_.size(), copied_});
      if (most > kMaxValues || tensors_.size() > kMaxTensors)
        return Status(Code::kResourceExhausted, "the pickle holds more values than a state dict needs");
    }
  }

 private:
  Status step(std::uint8_t op);
  Status scalar(std::uint8_t op);
  Status container(std::uint8_t op);
  Status memo(std::uint8_t op);
  Status call(std::uint8_t op);
  Status global(std::string_view module, std::string_view name);
  Status persistent_id();
  Status reduce(const Value& function, const Value& arguments);
  Status rebuild_tensor(const Value& arguments);
  Result<PickledTensors> result();

  Value& at(Index index) { return values_[index]; }
  Index make(Value value) {
    values_.push_back(std::move(value));
    return static_cast<Index>(values_.size() - 1);
  }
  Status push(Value value) {
    stack_.push_back(make(std::move(value)));
    return {};
  }
  Status push_string(std::string_view text) {
    return push(Value{.kind = Kind::kString, .text = std::string(text)});
  }
  Status push_integer(std::int64_t value) { return push(Value{.kind = Kind::kInt, .integer = value}); }

  // Items above the last mark may be used; those below it belong to someone else.
  std::size_t available() const { return stack_.size() - (marks_.empty() ? 0 : marks_.back()); }
  std::optional<Index> pop() {
    if (available() == 0) return std::nullopt;
    const Index index = stack_.back();
    stack_.pop_back();
    return index;
  }
  std::optional<std::vector<Index>> pop_to_mark() {
    if (marks_.empty()) return std::nullopt;
    const auto first = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<Index> items(first, stack_.end());
    stack_.erase(first, stack_.end());
    marks_.pop_back();
    return items;
  }
  Status push_tuple(std::size_t count) {
    if (available() < count) return corrupt("a tuple lacks items");
    Value tuple{.kind = Kind::kTuple};
    tuple.items.assign(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return push(std::move(tuple));
  }
  std::optional<std::int64_t> integer(Index index) {
    const Value& value = at(index);
    return value.kind == Kind::kInt ? std::optional(value.integer) : std::nullopt;
  }
  std::optional<std::vector<std::int64_t>> integers(Index index) {
    const Value& value = at(index);
    if ((value.kind != Kind::kTuple && value.kind != Kind::kList) || value.items.size() > kMaxDimensions)
      return std::nullopt;
    std::vector<std::int64_t> numbers;
    for (const Index item : value.items) {
      const auto number = integer(item);
      if (!number) return std::nullopt;
      numbers.push_back(*number);
    }
    return numbers;
  }

  Input input_;
  std::deque<Value> values_;  // references stay valid while it grows
  std::vector<Index> stack_;
  std::vector<std::size_t> marks_;  // stack heights
  std::unordered_map<std::uint64_t, Index> memo_;
  std::size_t copied_ = 0;              // items that were copied out of shared values
  std::vector<PickledTensor> tensors_;  // storages too: without shape
};

Status Machine::step(std::uint8_t op) {
  switch (op) {
    case kProto:
      if (input_.number(1) > 5) return Status(Code::kUnsupported, "the pickle's protocol is newer than 5");
      return {};
    case kFrame: input_.number(8); return {};
    // clang-format off
    case kNone: case kNewTrue: case kNewFalse: case kBinInt: case kBinInt1: case kBinInt2: case kLong1: case kBinFloat:
    case kBinUnicode: case kShortBinUnicode: case kBinUnicode8: case kBinString: case kShortBinString:
      return scalar(op);
    case kMark: case kPop: case kPopMark: case kDup: case kTuple: case kEmptyTuple: case kTuple1: case kTuple2:
    case kTuple3: case kList: case kEmptyList: case kAppend: case kAppends: case kDict: case kEmptyDict: case kSetItem:
    case kSetItems:
      return container(op);
    case kBinPut: case kLongBinPut: case kMemoize: case kBinGet: case kLongBinGet: return memo(op);
    case kGlobal: case kStackGlobal: case kBinPersId: case kReduce: case kNewObj: case kBuild: return call(op);
    // clang-format on
    default:
      return Status(Code::kUnsupported, "refuses pickle opcode " + std::to_string(op) + " (" +
                                            printable(std::string(1, static_cast<char>(op))) +
                                            "), which a file of tensors has no use for");
  }
}

Status Machine::scalar(std::uint8_t op) {
  switch (op) {
    case kNewTrue: return push(Value{.kind = Kind::kBool, .integer = 1});
    case kNewFalse: return push(Value{.kind = Kind::kBool, .integer = 0});
    case kBinInt: return push_integer(static_cast<std::int32_t>(input_.number(4)));
    case kBinInt1: return push_integer(static_cast<std::int64_t>(input_.number(1)));
    case kBinInt2: return push_integer(static_cast<std::int64_t>(input_.number(2)));
    case kLong1: {
      const std::size_t width = static_cast<std::size_t>(input_.number(1));
      if (width > 8) return corrupt("an integer of " + std::to_string(width) + " bytes");
      std::uint64_t bits = input_.number(width);
      if (width > 0 && width < 8 && (bits >> (8 * width - 1)) != 0) bits |= ~std::uint64_t{0} << (8 * width);
      return push_integer(static_cast<std::int64_t>(bits));
    }
    case kBinFloat: input_.take(8); return push(Value{.kind = Kind::kFloat});
    case kBinUnicode:
    case kBinString: return push_string(input_.take(input_.number(4)));
    case kShortBinUnicode:
    case kShortBinString: return push_string(input_.take(input_.number(1)));
    case kBinUnicode8: return push_string(input_.take(input_.number(8)));
    default: return push(Value{});
  }
}

Status Machine::container(std::uint8_t op) {
  switch (op) {
    case kMark: marks_.push_back(stack_.size()); return {};
    case kPop:
      if (available() == 0 && !marks_.empty())
        marks_.pop_back();  // as CPython: a mark is popped like an item
      else if (!pop())
        return corrupt("nothing to pop");
      return {};
    case kPopMark: return pop_to_mark() ? Status() : corrupt("a mark is missing");
    case kDup:
      if (available() == 0) return corrupt("nothing to repeat");
      stack_.push_back(stack_.back());
      return {};
    case kEmptyTuple: return push(Value{.kind = Kind::kTuple});
    case kEmptyList: return push(Value{.kind = Kind::kList});
    case kEmptyDict: return push(Value{.kind = Kind::kDict});
    case kTuple1: return push_tuple(1);
    case kTuple2: return push_tuple(2);
    case kTuple3: return push_tuple(3);
    default: break;
  }
  std::vector<Index> items;
  const bool to_mark = op != kAppend && op != kSetItem;
  if (to_mark) {
    auto taken = pop_to_mark();
    if (!taken) return corrupt("a mark is missing");
    items = std::move(*taken);
  } else {
    const std::size_t count = op == kAppend ? 1 : 2;
    if (available() < count) return corrupt("an item is missing");
    items.assign(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
  }
  const bool dict = op == kDict || op == kSetItem || op == kSetItems;
  if (dict && items.size() % 2 != 0) return corrupt("a dictionary key lacks its value");
  if (op == kTuple || op == kList || op == kDict)
    return push(Value{.kind = op == kTuple  ? Kind::kTuple
                              : op == kList ? Kind::kList
                                            : Kind::kDict,
                      .items = std::move(items)});
  if (available() == 0) return corrupt("items belong to nothing");
  Value& target = at(stack_.back());
  if (target.kind != (dict ? Kind::kDict : Kind::kList))
    return corrupt(dict ? "items are set on something else than a dictionary"
                        : "items are appended to something else than a list");
  target.items.insert(target.items.end(), items.begin(), items.end());
  return {};
}

Status Machine::memo(std::uint8_t op) {
  if (op == kBinGet || op == kLongBinGet) {
    const auto it = memo_.find(input_.number(op == kBinGet ? 1 : 4));
    if (!input_.ok()) return {};  // run() reports it
    if (it == memo_.end()) return corrupt("it refers to a value that it did not store");
    stack_.push_back(it->second);
    return {};
  }
  const std::uint64_t key = op == kMemoize ? memo_.size() : input_.number(op == kBinPut ? 1 : 4);
  if (available() == 0) return corrupt("nothing to store");
  memo_[key] = stack_.back();
  return {};
}

Status Machine::call(std::uint8_t op) {
  if (op == kGlobal) {
    const std::string_view module = input_.line();
    const std::string_view name = input_.line();
    return input_.ok() ? global(module, name) : Status();
  }
  if (op == kBinPersId) return persistent_id();
  // The others take two items: (module, name), (function, arguments), (object, state).
  const auto second = pop();
  const auto first = second ? pop() : std::nullopt;
  if (!first) return corrupt("an operand is missing");
  const Value& a = at(*first);
  const Value& b = at(*second);
  if (op == kStackGlobal) {
    if (a.kind != Kind::kString || b.kind != Kind::kString) return corrupt("a global's name is no string");
    return global(a.text, b.text);
  }
  if (op == kBuild) {
    // State dicts carry attributes (_metadata) this way; tensors need none of it.
    if (a.kind != Kind::kDict && a.kind != Kind::kTensor)
      return corrupt("attributes are set on something else than a dictionary or tensor");
    stack_.push_back(*first);
    return {};
  }
  if (a.kind != Kind::kGlobal || b.kind != Kind::kTuple)
    return corrupt("something else than a function is called");
  if (op == kNewObj && a.global->global != Global::kOrderedDict)
    return Status(Code::kUnsupported, std::string("refuses to make an object of ") + a.global->name);
  return reduce(a, b);
}

Status Machine::global(std::string_view module, std::string_view name) {
  const std::string full = std::string(module) + "." + std::string(name);
  const auto it =
      std::find_if(kGlobals.begin(), kGlobals.end(), [&](const auto& entry) { return full == entry.name; });
  if (it == kGlobals.end())
    return Status(Code::kUnsupported, "refuses to load " + printable(full) +
                                          ": only tensors and dictionaries are read, nothing is executed");
  return push(Value{.kind = Kind::kGlobal, .global = &*it});
}

// ('storage', torch.FloatStorage, key, location, number of elements)
Status Machine::persistent_id() {
  const auto top = pop();
  if (!top || at(*top).kind != Kind::kTuple || at(*top).items.size() != 5)
    return corrupt("a storage is not described");
  const auto& items = at(*top).items;
  const Value& tag = at(items[0]);
  const Value& type = at(items[1]);
  const Value& key = at(items[2]);
  const auto elements = integer(items[4]);
  if (tag.kind != Kind::kString || tag.text != "storage" || type.kind != Kind::kGlobal ||
      type.global->global != Global::kStorageType || key.kind != Kind::kString ||
      key.text.size() > kMaxStorageKey || !elements || *elements < 0)
    return corrupt("a storage is not described as PyTorch does");
  PickledTensor storage;
  storage.storage = key.text;
  storage.dtype = type.global->dtype;
  storage.element_size = type.global->element_size;
  storage.storage_elements = *elements;
  tensors_.push_back(std::move(storage));
  return push(Value{.kind = Kind::kStorage, .integer = static_cast<std::int64_t>(tensors_.size() - 1)});
}

Status Machine::reduce(const Value& function, const Value& arguments) {
  const auto& items = arguments.items;
  switch (function.global->global) {
    case Global::kOrderedDict: {
      Value dict{.kind = Kind::kDict};
      if (items.size() > 1) return corrupt("an OrderedDict of several arguments");
      if (items.size() == 1) {
        const Value& pairs = at(items[0]);
        if (pairs.kind != Kind::kList && pairs.kind != Kind::kTuple)
          return corrupt("an OrderedDict of no list");
        copied_ += pairs.items.size();
        if (copied_ > kMaxValues) return {};  // run() reports it
        for (const Index pair : pairs.items) {
          if (at(pair).items.size() != 2 || at(pair).kind == Kind::kDict)
            return corrupt("an OrderedDict of no pairs");
          dict.items.insert(dict.items.end(), at(pair).items.begin(), at(pair).items.end());
        }
      }
      return push(std::move(dict));
    }
    case Global::kRebuildTensor: return rebuild_tensor(arguments);
    case Global::kRebuildParameter:
      if (items.empty() || at(items[0]).kind != Kind::kTensor) return corrupt("a parameter without a tensor");
      stack_.push_back(items[0]);
      return {};
    case Global::kSize:
      if (items.size() != 1 || !integers(items[0])) return corrupt("a size that is no tuple of integers");
      stack_.push_back(items[0]);
      return {};
    case Global::kDevice: return push(Value{});
    case Global::kDataType:
    case Global::kStorageType: break;
  }
  return Status(Code::kUnsupported, std::string("refuses to call ") + function.global->name);
}

// (storage, offset, size, stride, ...): gradients and hooks do not concern us.
Status Machine::rebuild_tensor(const Value& arguments) {
  const auto& items = arguments.items;
  if (items.size() < 4 || at(items[0]).kind != Kind::kStorage) return corrupt("a tensor without a storage");
  const auto offset = integer(items[1]);
  auto shape = integers(items[2]);
  auto strides = integers(items[3]);
  if (!offset || !shape || !strides || shape->size() != strides->size())
    return corrupt("a tensor whose offset, size or stride is no tuple of at most " +
                   std::to_string(kMaxDimensions) + " integers");
  PickledTensor tensor = tensors_[static_cast<std::size_t>(at(items[0]).integer)];
  tensor.offset = *offset;
  tensor.shape = std::move(*shape);
  tensor.strides = std::move(*strides);
  tensors_.push_back(std::move(tensor));
  return push(Value{.kind = Kind::kTensor, .integer = static_cast<std::int64_t>(tensors_.size() - 1)});
}

Result<PickledTensors> Machine::result() {
  if (stack_.size() != 1 || !marks_.empty()) return corrupt("it does not end with one value");
  const Value& top = at(stack_.back());
  if (top.kind != Kind::kDict)
    return Status(Code::kUnsupported, "holds something else than a dictionary of tensors (a state dict)");
  PickledTensors tensors;
  std::map<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i + 1 < top.items.size(); i += 2) {
    const Value& key = at(top.items[i]);
    const Value& value = at(top.items[i + 1]);
    if (key.kind != Kind::kString || value.kind != Kind::kTensor) continue;
    const PickledTensor& tensor = tensors_[static_cast<std::size_t>(value.integer)];
    const auto [it, added] = places.emplace(key.text, tensors.size());
    if (added)
      tensors.emplace_back(key.text, tensor);
    else
      tensors[it->second].second = tensor;
  }
  if (tensors.empty())
    return Status(Code::kUnsupported,
                  "holds no tensors at the top level of its dictionary (not a state dict)");
  return tensors;
}

}  // namespace

Result<PickledTensors> unpickle_tensors(std::span<const std::byte> pickle) { return Machine(pickle).run(); }

}  // namespace rappel
