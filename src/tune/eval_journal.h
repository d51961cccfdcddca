// The answers of one mode to a judged set, kept in a file while its evaluation is not complete, so that an
// evaluation that was stopped or killed goes on where it was.
//
// A line of JSON for each query: {"query":"..","ms":1.25,"answers":[["document",score],..]}. Lines are
// appended whole; a last one that a kill cut off is dropped when the file is opened again. The name of the
// file is for the caller to choose: it must stand for all that the answers depend on.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/os/fd.h"
#include "base/status.h"
#include "eval/types.h"

namespace rappel {

struct EvalAnswer {
  std::vector<RankedDocument> documents;
  double ms = 0;
};

class EvalJournal {
 public:
  // Reads what is there, or begins a new file, with its folder. kUnavailable: neither works.
  static Result<EvalJournal> open(const std::filesystem::path& file);

  const EvalAnswer* find(const std::string& query) const;  // null: not answered yet
  std::size_t size() const { return answers_.size(); }
  // kUnavailable: it cannot be written.
  Status add(const std::string& query, const EvalAnswer& answer);

 private:
  EvalJournal(std::filesystem::path file, Fd fd) : file_(std::move(file)), fd_(std::move(fd)) {}

  std::filesystem::path file_;
  Fd fd_;
  std::map<std::string, EvalAnswer> answers_;
};

}  // namespace rappel
