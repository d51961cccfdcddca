// Pickles and torch zip files made by hand for the tests, opcode by opcode (protocol 2, as torch.save writes
// them).
#pragma once

#include <string>
#include <vector>

#include "testing/byte_files.h"

namespace rappel::pickles {

inline std::string text(const std::string& value) { return "X" + little(value.size(), 4) + value; }
inline std::string integer(std::int64_t value) {
  if (value >= 0 && value < 256) return "K" + little(static_cast<std::uint64_t>(value), 1);
  return std::string("\x8a\x08", 2) + little(static_cast<std::uint64_t>(value), 8);
}
inline std::string global(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}
inline std::string tuple(const std::vector<std::string>& items) {
  std::string all = "(";
  for (const std::string& item : items) all += item;
  return all + "t";
}
inline std::string integers(const std::vector<std::int64_t>& values) {
  std::vector<std::string> items;
  for (const std::int64_t value : values) items.push_back(integer(value));
  return tuple(items);
}
inline std::string ordered_dict() { return global("collections", "OrderedDict") + ")R"; }

struct Tensor {
  std::string name;
  std::string key = "0";
  std::int64_t storage_elements = 0;
  std::int64_t offset = 0;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
  std::string storage = "FloatStorage";
};

inline std::string tensor(const Tensor& t) {
  return global("torch._utils", "_rebuild_tensor_v2") +
         tuple({tuple({text("storage"), global("torch", t.storage), text(t.key), text("cpu"),
                       integer(t.storage_elements)}) +
                    "Q",
                integer(t.offset), integers(t.shape), integers(t.strides), "\x89", ordered_dict()}) +
         "R";
}

inline std::string program(const std::string& body) { return "\x80\x02" + body + "."; }

inline std::string state_dict(const std::vector<Tensor>& tensors) {
  std::string body = ordered_dict() + "(";
  for (const Tensor& t : tensors) body += text(t.name) + tensor(t);
  return program(body + "u");
}

// A torch file: the pickle, and storages "0", "1", ... with these bytes.
inline std::string torch_file(const std::string& pickle, const std::vector<std::string>& storages) {
  std::vector<ZipBytesMember> members = {
      {.name = "model/data.pkl", .content = pickle, .descriptor = true},
      {.name = "model/byteorder", .content = "little", .descriptor = true}};
  for (std::size_t i = 0; i < storages.size(); ++i)
    members.push_back({.name = "model/data/" + std::to_string(i),
                       .content = storages[i],
                       .descriptor = true,
                       .padding = 30});
  members.push_back({.name = "model/version", .content = "3\n", .descriptor = true});
  return zip_bytes(members);
}

}  // namespace rappel::pickles
