#include "embed/local/description_file.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "base/os/file.h"
#include "formats/model_json.h"
#include "formats/tensor_view.h"

namespace rappel {
namespace {

constexpr const char* kFile = "rappel.json";
constexpr std::size_t kMaxBytes = 1u << 16;
constexpr int kMaxDepth = 1000;
constexpr const char* kMembers[] = {"blend_weight", "depth", "languages"};

Status check_members(const ModelJson& file) {
  for (const auto& [name, value] : file.json().items())
    if (std::find(std::begin(kMembers), std::end(kMembers), name) == std::end(kMembers))
      return file.error(Code::kCorrupt, "unknown member \"" + printable(name) +
                                            "\"; blend_weight, depth and languages are known");
  return {};
}

Result<double> read_weight(const ModelJson& file) {
  const Json* value = file.find("blend_weight");
  if (value == nullptr) return RerankerDescription{}.blend_weight;
  const double weight = value->is_number() ? value->get<double>() : -1;
  if (!(weight >= 0 && weight <= 1))
    return file.error(Code::kCorrupt, "blend_weight must be a number from 0 to 1");
  return weight;
}

// "en", or three letters if the language has no code of two.
bool is_language_code(const Json& value) {
  if (!value.is_string()) return false;
  const auto& code = value.get_ref<const std::string&>();
  return (code.size() == 2 || code.size() == 3) &&
         std::all_of(code.begin(), code.end(), [](char letter) { return letter >= 'a' && letter <= 'z'; });
}

Result<std::vector<std::string>> read_languages(const ModelJson& file) {
  std::vector<std::string> languages;
  const Json* list = file.find("languages");
  if (list == nullptr) return languages;
  if (!list->is_array() || !std::all_of(list->begin(), list->end(), is_language_code))
    return file.error(Code::kCorrupt, "languages must be a list of ISO 639 codes such as \"en\"");
  for (const Json& code : *list) languages.push_back(code.get<std::string>());
  return languages;
}

Result<RerankerDescription> read_description(const ModelJson& file) {
  RerankerDescription description;
  RAPPEL_TRY(check_members(file));
  RAPPEL_ASSIGN(description.blend_weight, read_weight(file));
  RAPPEL_ASSIGN(const int depth, file.integer("depth", 0, kMaxDepth, 0));
  description.depth = static_cast<std::size_t>(depth);
  RAPPEL_ASSIGN(description.languages, read_languages(file));
  return description;
}

}  // namespace

Result<RerankerDescription> read_reranker_description(const std::filesystem::path& folder) {
  const ReadText read = [&](const std::string& path) -> Result<std::optional<std::string>> {
    auto text = read_file(folder / path, kMaxBytes);
    if (text.ok()) return std::optional(std::move(*text));
    if (text.status().code() == Code::kNotFound) return std::optional<std::string>();
    return text.status();
  };
  const auto file = ModelJson::read_object(read, kFile);
  if (!file.ok()) return file.status().with_context(folder.string());
  if (!*file) return RerankerDescription{};
  auto description = read_description(**file);
  if (!description.ok()) return description.status().with_context(folder.string());
  return description;
}

}  // namespace rappel
