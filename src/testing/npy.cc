#include "testing/npy.h"

#include <cstdlib>
#include <cstring>
#include <string>

#include "base/os/file.h"

namespace rappel {

// Format version 1: "\x93NUMPY", version, header length (16 bits), a Python dictionary as text, the values.
Result<NpyArray> read_npy(const std::filesystem::path& path) {
  RAPPEL_ASSIGN(const std::string file, read_file(path));
  const Status bad(Code::kCorrupt, path.string() + " is not a float32 .npy file of version 1 in C order");
  if (file.size() < 10 || file.compare(0, 7, "\x93NUMPY\x01") != 0) return bad;
  const std::size_t length = static_cast<unsigned char>(file[8]) + 256u * static_cast<unsigned char>(file[9]);
  if (file.size() < 10 + length) return bad;
  const std::string header = file.substr(10, length);
  const std::size_t shape = header.find("'shape': (");
  if (header.find("'descr': '<f4'") == std::string::npos ||
      header.find("'fortran_order': False") == std::string::npos || shape == std::string::npos)
    return bad;

  NpyArray array;
  std::size_t count = 1;
  const char* at = header.c_str() + shape + std::strlen("'shape': (");
  for (char* end = nullptr; *at != ')' && *at != '\0'; at = end) {
    array.shape.push_back(std::strtoul(at, &end, 10));
    if (end == at) return bad;
    count *= array.shape.back();
    while (*end == ',' || *end == ' ') ++end;
  }
  if (file.size() != 10 + length + count * sizeof(float)) return bad;
  array.values.resize(count);
  std::memcpy(array.values.data(), file.data() + 10 + length, count * sizeof(float));
  return array;
}

}  // namespace rappel
