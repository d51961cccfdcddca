// A log of questions with the documents that answered them, as a judged set is made from it.
//
//   JSON lines  {"question":"..","answer_ids":["..",..]} per line; other members are ignored
//   CSV, TSV    question and document id per line, with an optional first line of names (question, query);
//               a value with a separator or a quote is in double quotes (RFC 4180), and ends on its line
//
// A file whose first character is { has JSON lines; otherwise a tab in the first line makes it TSV. Ids are
// strings; whole numbers are read as such. Questions are the same if they differ by white space around them
// alone.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "base/status.h"

namespace rappel {

struct LoggedQuestion {
  std::string text;
  std::vector<std::string> answers;  // ids, each once, in the order of the file; not empty
};

// Each question once, in the order of the file. kInvalidArgument, with file and line, for a line that cannot
// be read, and for a file without any.
Result<std::vector<LoggedQuestion>> read_answer_log(const std::filesystem::path& file);

}  // namespace rappel
