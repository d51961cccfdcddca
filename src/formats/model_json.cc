#include "formats/model_json.h"

#include <cmath>
#include <utility>

#include "formats/tensor_view.h"

namespace rappel {

Result<std::optional<ModelJson>> ModelJson::read(const ReadText& read_text, const std::string& path) {
  RAPPEL_ASSIGN(const auto text, read_text(path));
  if (!text) return std::optional<ModelJson>();
  auto json = parse_json(*text);
  if (!json) return Status(Code::kCorrupt, path + ": " + json.status().message());
  return std::optional(ModelJson(path, std::move(*json)));
}

Result<std::optional<ModelJson>> ModelJson::read_object(const ReadText& read_text, const std::string& path) {
  RAPPEL_ASSIGN(auto file, read(read_text, path));
  if (file && file->json_.is_null()) return std::optional<ModelJson>();
  if (file && !file->json_.is_object()) return file->error(Code::kCorrupt, "is not a JSON object");
  return file;
}

const Json* ModelJson::find(const char* key) const {
  if (!json_.is_object()) return nullptr;
  const auto it = json_.find(key);
  return it == json_.end() || it->is_null() ? nullptr : &*it;
}

Result<int> ModelJson::integer(const char* key, int least, int most, std::optional<int> fallback) const {
  const Json* value = find(key);
  if (value == nullptr && fallback) return *fallback;
  if (value == nullptr) return error(Code::kCorrupt, std::string(key) + " is missing");
  const double number = value->is_number() ? value->get<double>() : std::nan("");
  if (!(number >= least && number <= most) || number != std::floor(number))
    return error(Code::kCorrupt, std::string(key) + " must be an integer from " + std::to_string(least) +
                                     " to " + std::to_string(most) + ", not " + printable(dump_json(*value)));
  return static_cast<int>(number);
}

Result<std::string> ModelJson::text(const char* key, const char* fallback) const {
  const Json* value = find(key);
  if (value == nullptr) return std::string(fallback);
  if (!value->is_string()) return error(Code::kCorrupt, std::string(key) + " must be a string");
  return value->get<std::string>();
}

Result<bool> ModelJson::flag(const char* key) const {
  const Json* value = find(key);
  if (value == nullptr) return false;
  if (value->is_boolean()) return value->get<bool>();
  if (value->is_number()) return value->get<double>() != 0;
  return error(Code::kCorrupt, std::string(key) + " must be true or false");
}

}  // namespace rappel
