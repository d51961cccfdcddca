// Writes a judged set in the layout of beir_set.h, with the split "test".
//
// The files grow in FOLDER.partial, which becomes FOLDER when all is written: a set that is there is whole.
// Texts may be private, so only this user may enter the folder.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "base/status.h"

namespace rappel {

class SetWriter {
 public:
  // kFailedPrecondition: `folder` exists. kUnavailable: it cannot be made. Files of an earlier attempt are
  // replaced.
  static Result<SetWriter> create(const std::filesystem::path& folder);

  void add_document(const std::string& id, const std::string& text);
  void add_query(const std::string& id, const std::string& text);
  // kInvalidArgument for an id with a tab or a line end, which the file of judgements cannot hold.
  Status add_judgement(const std::string& query, const std::string& document, int relevance);
  // kUnavailable: something could not be written; the folder was not made.
  Status finish();

 private:
  explicit SetWriter(std::filesystem::path folder);

  std::filesystem::path folder_, partial_;
  std::ofstream corpus_, queries_, judgements_;
};

}  // namespace rappel
