#include "server/mcp/arguments.h"

#include <fmt/format.h>

#include "base/ascii.h"

namespace rappel::mcp {
namespace {

constexpr std::size_t kMostDigits = 9;

const Json* member(const Json& arguments, const char* name) {
  const auto found = arguments.find(name);
  return found == arguments.end() || found->is_null() ? nullptr : &*found;
}

}  // namespace

Result<std::string> required_text(const Json& arguments, const char* tool, const char* name) {
  const Json* const value = member(arguments, name);
  if (value == nullptr || !value->is_string() || value->get_ref<const std::string&>().empty())
    return Status(Code::kInvalidArgument,
                  fmt::format("{} needs a non-empty string argument: {}", tool, name));
  return value->get<std::string>();
}

Result<std::optional<std::string>> optional_text(const Json& arguments, const char* name) {
  const Json* const value = member(arguments, name);
  if (value == nullptr) return std::optional<std::string>();
  if (!value->is_string())
    return Status(Code::kInvalidArgument, fmt::format("the argument {} must be a string", name));
  if (value->get_ref<const std::string&>().empty()) return std::optional<std::string>();
  return std::optional(value->get<std::string>());
}

Result<bool> optional_boolean(const Json& arguments, const char* name) {
  const Json* const value = member(arguments, name);
  if (value == nullptr) return false;
  if (value->is_boolean()) return value->get<bool>();
  if (value->is_string()) {
    const std::string text = lower_case(value->get<std::string>());
    if (text == "true" || text == "false") return text == "true";
  }
  return Status(Code::kInvalidArgument, fmt::format("the argument {} must be true or false", name));
}

Result<std::size_t> position_of(const std::optional<std::string>& cursor) {
  if (!cursor) return std::size_t{0};
  if (cursor->size() > kMostDigits || cursor->find_first_not_of("0123456789") != std::string::npos)
    return Status(Code::kInvalidArgument, "unknown cursor: send the next_cursor of the answer before");
  return static_cast<std::size_t>(std::stoul(*cursor));
}

}  // namespace rappel::mcp
