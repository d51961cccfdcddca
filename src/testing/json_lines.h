// Reads a JSON lines file of the test data.
#pragma once

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "base/os/file.h"
#include "codec/json.h"

namespace rappel {

inline std::vector<Json> read_json_lines(const std::filesystem::path& path) {
  std::vector<Json> rows;
  std::istringstream in(*read_file(path));
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) rows.push_back(*parse_json(line));
  return rows;
}

}  // namespace rappel
