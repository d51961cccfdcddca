#include "ingest/content/collected.h"

#include <algorithm>

#include "codec/json.h"

namespace rappel {
namespace {

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos;
}

}  // namespace

Status CollectedContent::part(Part part) {
  RAPPEL_TRY(meter_.add_part(part.name.size()));
  parts.push_back(std::move(part));
  return {};
}

Status CollectedContent::block(Block block) {
  if (is_blank(block.text)) return {};
  RAPPEL_TRY(meter_.add_block(block.text.size()));
  blocks.add(block, parts.size());
  return {};
}

Status CollectedContent::property(std::string_view name, std::string value) {
  const bool known = std::any_of(properties.begin(), properties.end(),
                                 [&](const auto& property) { return property.first == name; });
  if (known || is_blank(value) || !meter_.add_property()) return {};
  properties.emplace_back(name, std::move(value));
  return {};
}

Status CollectedContent::warning(std::string message) {
  if (meter_.add_warning()) warnings.push_back(std::move(message));
  return {};
}

Status CollectedContent::attachment(Attachment attachment) {
  RAPPEL_TRY(meter_.add_attachment(attachment.bytes.size()));
  attachments.push_back(std::move(attachment));
  attachment_parts.push_back(parts.size());
  return {};
}

std::string json_of(const CollectedContent& content, std::string_view kind) {
  Json json = {{"kind", kind}};
  for (const auto& [block, part] : content.blocks)
    if (block.kind == BlockKind::kHeading)
      json["headings"].push_back({{"level", block.level}, {"text", block.text}});
  const std::pair<PartKind, const char*> kinds[] = {{PartKind::kPage, "pages"},
                                                    {PartKind::kSlide, "slides"},
                                                    {PartKind::kChapter, "chapters"},
                                                    {PartKind::kMessage, "messages"}};
  for (const auto& [part_kind, name] : kinds) {
    const PartKind counted = part_kind;  // Clang 14 captures no binding
    const auto count = std::count_if(content.parts.begin(), content.parts.end(),
                                     [&](const Part& part) { return part.kind == counted; });
    if (count > 0) json[name] = count;
  }
  std::vector<std::size_t> rows(content.parts.size() + 1, 0);
  for (const auto& [block, part] : content.blocks) rows[part] += block.kind == BlockKind::kTableRow ? 1 : 0;
  for (std::size_t i = 0; i < content.parts.size(); ++i)
    if (const Part& part = content.parts[i]; part.kind == PartKind::kSheet)
      json["sheets"].push_back({{"name", part.name}, {"hidden", part.hidden}, {"rows", rows[i + 1]}});
  for (const Attachment& attachment : content.attachments)
    json["attachments"].push_back({{"name", attachment.name}, {"bytes", attachment.bytes.size()}});
  for (const auto& [name, value] : content.properties) json["metadata"][name] = value;
  for (const std::string& warning : content.warnings) json["warnings"].push_back(warning);
  return dump_json(json);
}

}  // namespace rappel
