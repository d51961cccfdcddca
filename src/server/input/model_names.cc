#include "server/input/model_names.h"

#include "server/http/headers.h"

namespace rappel {
namespace {

std::string_view last_part(std::string_view name) {
  while (name.size() > 1 && name.back() == '/') name.remove_suffix(1);
  return name.substr(name.rfind('/') + 1);
}

std::string_view without_tags(std::string_view name) {
  name = name.substr(0, name.find("___"));
  return name.substr(0, name.find(':'));
}

}  // namespace

std::string shown_model_name(std::string_view configured) {
  const bool is_path = configured.starts_with('/') || configured.starts_with('.') ||
                       configured.starts_with('~') || configured.starts_with("models/");
  return std::string(is_path ? last_part(configured) : configured);
}

bool names_model(std::string_view asked, std::string_view shown) {
  if (equal_ignoring_case(asked, shown)) return true;
  const std::string_view bare = without_tags(asked);
  return equal_ignoring_case(bare, shown) || equal_ignoring_case(bare, last_part(shown));
}

std::optional<InputFault> refuse_model_name(std::string_view asked, std::string_view shown, bool strict) {
  if (!strict || asked.empty() || names_model(asked, shown)) return std::nullopt;
  return InputFault{"The model does not exist; GET /v1/models lists those that do", "model",
                    "model_not_found", 404};
}

}  // namespace rappel
