#include "server/mcp/query_conditions.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "base/check.h"

namespace rappel::mcp {
namespace {

struct Name {
  std::string_view text;
  const char* field;
  Filter::Op op;  // kIn: any of the values
};
constexpr std::array<Name, 4> kNames = {{{"source", "source", Filter::Op::kIn},
                                         {"author", "author", Filter::Op::kIn},
                                         {"after", "created_at", Filter::Op::kGreaterOrEqual},
                                         {"before", "created_at", Filter::Op::kLess}}};

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// The value at the beginning of `rest`, and its end there. Empty: there is none.
std::pair<std::string_view, std::size_t> value_of(std::string_view rest) {
  if (rest.starts_with('"'))
    if (const std::size_t end = rest.find('"', 1); end != std::string_view::npos)
      return {rest.substr(1, end - 1), end + 1};
  std::size_t end = 0;
  while (end < rest.size() && !is_blank(rest[end])) ++end;
  return {rest.substr(0, end), end};
}

// The condition with which the word at the beginning of `rest` begins; kNames.size(): none.
std::size_t name_at(std::string_view rest) {
  const std::size_t colon = rest.substr(0, 8).find(':');
  if (colon == std::string_view::npos) return kNames.size();
  const std::string word = lower_case(std::string(rest.substr(0, colon)));
  const auto found =
      std::find_if(kNames.begin(), kNames.end(), [&](const Name& n) { return n.text == word; });
  return static_cast<std::size_t>(found - kNames.begin());
}

Result<MetadataValue> typed(const Name& name, std::string_view value) {
  const DocumentField* const field = find_field(name.field);
  RAPPEL_CHECK(field != nullptr, "the names are those of fields");
  auto result = typed_value(*field, std::string(value));
  if (result.ok()) return result;
  return Status(Code::kInvalidArgument, std::string(name.text) + ":" + std::string(value) +
                                            " is no condition: " + result.status().message() +
                                            "; to search for the words, write a blank after the colon");
}

}  // namespace

Result<QueryConditions> read_conditions(std::string_view query) {
  QueryConditions out;
  std::vector<Filter> conditions;
  std::array<std::vector<MetadataValue>, kNames.size()> values;
  for (std::size_t at = 0; at < query.size();) {
    const bool word_begins = at == 0 || is_blank(query[at - 1]);
    const std::size_t found = word_begins ? name_at(query.substr(at)) : kNames.size();
    if (found < kNames.size()) {
      const Name& name = kNames[found];
      const std::size_t begin = at + name.text.size() + 1;
      const auto [value, length] = value_of(query.substr(begin));
      if (!value.empty()) {
        RAPPEL_ASSIGN(MetadataValue one, typed(name, value));
        if (name.op == Filter::Op::kIn)
          values[found].push_back(std::move(one));
        else
          conditions.push_back(Filter::compare(name.op, name.field, std::move(one)));
        at = begin + length;
        continue;
      }
    }
    out.text += query[at++];
  }
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (!values[i].empty()) conditions.push_back(Filter::any_of(kNames[i].field, std::move(values[i])));
  if (!conditions.empty()) out.filter = Filter::both_of(std::move(conditions));
  while (!out.text.empty() && is_blank(out.text.back())) out.text.pop_back();
  out.text.erase(0, std::min(out.text.find_first_not_of(" \t\r\n"), out.text.size()));
  return out;
}

}  // namespace rappel::mcp
