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

std::size_t text_size(const CollectedContent& content, std::span<const std::string> attachments) {
  // Each part has a form feed, each block a line end.
  std::size_t bytes = content.parts.size() + content.blocks.text_bytes() + content.blocks.size();
  for (const std::string& text : attachments) bytes += text.size() + 1;
  return bytes;
}

std::string text_of(const CollectedContent& content, std::span<const std::string> attachments) {
  std::string text;
  text.reserve(text_size(content, attachments));
  const auto add = [&](const std::string& more) {
    if (more.empty()) return;
    if (!text.empty()) text += '\n';
    text += more;
  };
  std::size_t part = 0, attachment = 0;
  const auto leave_part = [&] {
    for (; attachment < attachments.size() && content.attachment_parts[attachment] <= part; ++attachment)
      add(attachments[attachment]);
  };
  for (const auto& [block, place] : content.blocks) {
    std::string feeds;
    for (; part < place; ++part) {
      leave_part();
      const PartKind kind = content.parts[part].kind;
      if (part > 0 && kind != PartKind::kMessage && kind != PartKind::kChapter) feeds += '\f';
    }
    add(feeds + block.text);
  }
  part = content.parts.size();
  leave_part();
  return text;
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
    const auto count = std::count_if(content.parts.begin(), content.parts.end(),
                                     [&](const Part& part) { return part.kind == part_kind; });
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
