#include "server/mcp/document_part.h"

#include <utility>

#include "base/utf8.h"
#include "server/mcp/text.h"

namespace rappel::mcp {

Result<std::optional<FittingPart>> fitting_part(const std::string& id, std::size_t begin,
                                                const Caller& caller) {
  constexpr std::size_t kMostChars = kTextBudget / 2;  // each character stands in an answer twice
  RAPPEL_ASSIGN(auto read, ask_core(caller, [&](Core& core) {
                  return core.document({id, begin, kMostChars}, caller.context);
                }));
  if (!read) return std::optional<FittingPart>();
  FittingPart part{std::move(read->document), std::string(within_budget(read->text, kTextBudget))};
  const std::size_t end = read->range.begin + utf8_count(part.text);
  if (end < read->length) part.next = end;
  return std::optional(std::move(part));
}

}  // namespace rappel::mcp
