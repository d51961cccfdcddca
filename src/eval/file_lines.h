// The lines of a file of a judged set, each with its place for messages.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace rappel {

struct FileLine {
  const std::filesystem::path& file;
  std::size_t number;  // from 1
  std::string_view text;

  // kInvalidArgument: "cannot read corpus.jsonl line 17: <problem>".
  Status problem(const std::string& words) const;
};

// Every line that is not blank, without a byte order mark. The first error ends it. kInvalidArgument for a
// line of more than 64 MiB; errors of opening and reading name the file.
Status for_each_line(const std::filesystem::path& file, const std::function<Status(const FileLine&)>& each);

}  // namespace rappel
