#include "retrieve/document_id.h"

#include <fmt/format.h>

#include <optional>
#include <string_view>

#include "codec/sha256.h"

namespace rappel {
namespace {

// A length before each value keeps different documents different: ("ab", "c") is not ("a", "bc").
void add(Sha256& hash, std::string_view value) {
  hash.update(fmt::format("{}:", value.size()));
  hash.update(value);
}

void add_field(Sha256& hash, const std::optional<std::string>& value) {
  if (value)
    add(hash, std::string_view(*value));
  else
    hash.update(std::string_view("-"));
}

}  // namespace

std::string derived_id(const DocumentInput& document) {
  Sha256 hash;
  add(hash, document.text);
  const Metadata& metadata = document.metadata;
  for (const auto* field : {&metadata.source, &metadata.source_id, &metadata.url, &metadata.created_at,
                            &metadata.author, &metadata.filename})
    add_field(hash, *field);
  hash.update(metadata.filesize ? fmt::format("{}", *metadata.filesize) : std::string("-"));
  const std::string hex = hash.finish_hex();
  const char variant = "89ab"[static_cast<unsigned char>(hex[16]) % 4];
  return fmt::format("{}-{}-4{}-{}{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(13, 3), variant,
                     hex.substr(17, 3), hex.substr(20, 12));
}

}  // namespace rappel
