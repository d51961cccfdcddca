#include "base/fault_id.h"

namespace rappel {
namespace {

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }

bool is_id(std::string_view word) {
  if (word.empty() || !is_letter(word.front()) || !is_letter(word.back())) return false;
  for (std::size_t i = 0; i < word.size(); ++i)
    if (!is_letter(word[i]) && (word[i] != '-' || word[i - 1] == '-')) return false;
  return true;
}

}  // namespace

std::string fault_mark(std::string_view id) { return id.empty() ? "" : " [" + std::string(id) + "]"; }

std::vector<std::string_view> fault_ids(std::string_view text) {
  std::vector<std::string_view> ids;
  for (std::size_t open = text.find('['); open != std::string_view::npos; open = text.find('[', open + 1)) {
    const std::size_t close = text.find(']', open);
    if (close == std::string_view::npos) break;
    if (const std::string_view word = text.substr(open + 1, close - open - 1); is_id(word))
      ids.push_back(word);
  }
  return ids;
}

}  // namespace rappel
