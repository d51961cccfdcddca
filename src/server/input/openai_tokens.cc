#include "server/input/openai_tokens.h"

#include <string_view>

#include "base/check.h"
#include "codec/inflate.h"
#include "server/documents/assets.h"
#include "text/token_table.h"

namespace rappel {
namespace {

TokenTable load_table() {
  std::string bytes;
  Inflate inflate(Compression::kDeflate);
  const Status read = inflate.add(asset("cl100k_base.tokens"), [&](std::string_view piece) {
    bytes += piece;
    return Status();
  });
  RAPPEL_CHECK(read.ok() && inflate.finish().ok(), "the table in the program is whole");
  auto table = TokenTable::parse(std::move(bytes));
  RAPPEL_CHECK(table.ok(), "the table in the program is one");
  return std::move(*table);
}

// Most servers never get ids: read at the first ones.
const TokenTable& table() {
  static const TokenTable loaded = load_table();
  return loaded;
}

}  // namespace

std::optional<std::string> text_of_openai_tokens(std::span<const std::int64_t> ids) {
  std::string text;
  for (const std::int64_t id : ids) {
    const auto bytes = table().bytes_of(id);
    if (!bytes) return std::nullopt;
    text += *bytes;
  }
  return text;
}

}  // namespace rappel
