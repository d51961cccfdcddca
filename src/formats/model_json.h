// ModelJson: one of the small JSON files of a model folder, with typed access to its members. Errors name the
// file and the member. A member that is null counts as absent.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/status.h"
#include "codec/json.h"

namespace rappel {

// Gives the text of a file of the folder ("config.json", "1_Pooling/config.json"), nullopt when there is
// none. The paths asked for are relative and stay inside the folder.
using ReadText = std::function<Result<std::optional<std::string>>(const std::string& path)>;

class ModelJson {
 public:
  // nullopt when there is no such file; kCorrupt when it is not JSON.
  static Result<std::optional<ModelJson>> read(const ReadText& read_text, const std::string& path);
  // The same for a file that has to be an object; one that is null counts as absent.
  static Result<std::optional<ModelJson>> read_object(const ReadText& read_text, const std::string& path);

  const Json& json() const { return json_; }
  const std::string& path() const { return path_; }
  Status error(Code code, const std::string& what) const { return Status(code, path_ + ": " + what); }

  const Json* find(const char* key) const;
  // A whole number, which may be written as 512.0. Absent: `fallback`, or kCorrupt when there is none.
  Result<int> integer(const char* key, int least, int most, std::optional<int> fallback = {}) const;
  Result<std::string> text(const char* key, const char* fallback) const;
  // As Python takes a value for true: true, or a number that is not 0. Absent: false.
  Result<bool> flag(const char* key) const;

 private:
  ModelJson(std::string path, Json json) : path_(std::move(path)), json_(std::move(json)) {}
  std::string path_;
  Json json_;
};

}  // namespace rappel
