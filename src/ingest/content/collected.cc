#include "ingest/content/collected.h"

#include <algorithm>

#include "codec/json.h"
#include "ingest/content/outlined_text.h"

namespace rappel {
namespace {

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos;
}

void add_counts(const std::vector<Part>& parts, Json& json) {
  const std::pair<PartKind, const char*> kinds[] = {{PartKind::kPage, "pages"},
                                                    {PartKind::kSlide, "slides"},
                                                    {PartKind::kChapter, "chapters"},
                                                    {PartKind::kMessage, "messages"}};
  for (const auto& [part_kind, name] : kinds) {
    const PartKind counted = part_kind;  // Clang 14 captures no binding
    const auto count =
        std::count_if(parts.begin(), parts.end(), [&](const Part& part) { return part.kind == counted; });
    if (count > 0) json[name] = count;
  }
}

// Not those of the files in it.
void add_headings(const OutlinedText& text, Json& json) {
  std::size_t file_end = 0;
  for (const OutlineMark& mark : text.outline.marks) {
    if (mark.begin < file_end) continue;
    if (mark.kind == MarkKind::kFile) file_end = mark.end;
    if (mark.kind != MarkKind::kHeading || mark.level == 0) continue;
    json["headings"].push_back(
        {{"level", mark.level}, {"text", text.text.substr(mark.begin, mark.end - mark.begin)}});
  }
}

}  // namespace

Status CollectedContent::part(Part part) {
  RAPPEL_TRY(meter_.add_part(part.name.size()));
  parts.push_back(std::move(part));
  return {};
}

Result<bool> CollectedContent::count(const Block& block) {
  if (is_blank(block.text)) return false;
  RAPPEL_TRY(meter_.add_block(block.text.size()));
  rows.resize(parts.size() + 1);
  if (block.kind == BlockKind::kTableRow) ++rows.back();
  return true;
}

Status CollectedContent::block(Block block) {
  RAPPEL_ASSIGN(const bool visible, count(block));
  if (!visible) return {};
  RAPPEL_TRY(meter_.hold(PlacedBlocks::kBlockMemory + block.text.size()));
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
  attachment_sizes.push_back(attachment.bytes.size());
  attachments.push_back(std::move(attachment));
  attachment_parts.push_back(parts.size());
  return {};
}

void CollectedContent::release_attachment(std::size_t i) {
  meter_.give_back(attachments[i].bytes.size());
  std::string().swap(attachments[i].bytes);
}

std::string json_of(const CollectedContent& content, const OutlinedText& text, std::string_view kind) {
  Json json = {{"kind", kind}};
  add_headings(text, json);
  add_counts(content.parts, json);
  for (std::size_t i = 0; i < content.parts.size(); ++i) {
    const Part& part = content.parts[i];
    if (part.kind != PartKind::kSheet) continue;
    const std::size_t rows = i + 1 < content.rows.size() ? content.rows[i + 1] : 0;
    json["sheets"].push_back({{"name", part.name}, {"hidden", part.hidden}, {"rows", rows}});
  }
  for (std::size_t i = 0; i < content.attachments.size(); ++i)
    json["attachments"].push_back(
        {{"name", content.attachments[i].name}, {"bytes", content.attachment_sizes[i]}});
  for (const auto& [name, value] : content.properties) json["metadata"][name] = value;
  for (const std::string& warning : content.warnings) json["warnings"].push_back(warning);
  return dump_json(json);
}

}  // namespace rappel
