#include "retrieve/document_id.h"

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "codec/sha256.h"
#include "store/metadata_json.h"

namespace rappel {
namespace {

// A length before each value keeps different documents different: ("ab", "c") is not ("a", "bc").
void add(Sha256& hash, std::string_view value) {
  hash.update(fmt::format("{}:", value.size()));
  hash.update(value);
}

void add_field(Sha256& hash, const std::string& text) { add(hash, text); }
void add_field(Sha256& hash, const Timestamp& date) { add(hash, date.text); }
void add_field(Sha256& hash, std::int64_t number) { hash.update(fmt::format("{}", number)); }

}  // namespace

std::string derived_id(const DocumentInput& document, std::span<const DocumentField> fields) {
  Sha256 hash;
  add(hash, document.text);
  const Metadata& metadata = document.metadata;
  CustomMetadata others = metadata.custom;
  for (const DocumentField& field : fields) {
    if (!field.in_first_format()) {
      if (auto value = field_value(field, metadata)) others.emplace(field.name, std::move(*value));
      continue;
    }
    std::visit(
        [&](auto member) {
          if (const auto& value = metadata.*member)
            add_field(hash, *value);
          else
            hash.update(std::string_view("-"));
        },
        field.member);
  }
  if (!others.empty()) add(hash, custom_text_of(others));
  const std::string hex = hash.finish_hex();
  const char variant = "89ab"[static_cast<unsigned char>(hex[16]) % 4];
  return fmt::format("{}-{}-4{}-{}{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(13, 3), variant,
                     hex.substr(17, 3), hex.substr(20, 12));
}

}  // namespace rappel
