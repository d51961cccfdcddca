#include "ingest/source/given_metadata.h"

#include <algorithm>
#include <system_error>
#include <vector>

#include "base/os/file.h"
#include "base/utf8.h"
#include "codec/json.h"
#include "store/custom_metadata.h"
#include "store/fields.h"
#include "store/metadata_json.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSidecarEnd = ".meta.json";
constexpr std::size_t kMaxSidecar = std::size_t{256} << 10;
constexpr std::size_t kMaxFrontMatter = std::size_t{64} << 10;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
    text.remove_suffix(1);
  return text;
}

// Takes the first line, without its end.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// 'it''s' and "a\nb"; a comment after a value is left out.
std::string scalar_text(std::string_view value) {
  value = trimmed(value);
  if (value.starts_with('"')) {
    const std::size_t end = value.rfind('"');
    if (const auto json = parse_json(value.substr(0, end + 1)); json.ok() && json->is_string())
      return json->get<std::string>();
  }
  if (value.size() >= 2 && value.starts_with('\'') && value.ends_with('\'')) {
    std::string text(value.substr(1, value.size() - 2));
    for (std::size_t at = 0; (at = text.find("''", at)) != std::string::npos; ++at) text.erase(at, 1);
    return text;
  }
  return std::string(trimmed(value.substr(0, value.find(" #"))));
}

// "[a, b]"; a comma in quotes does not part.
std::vector<std::string> flow_list(std::string_view value) {
  std::vector<std::string> items;
  value = value.substr(1, value.rfind(']') - 1);
  std::size_t begin = 0;
  char quote = '\0';
  for (std::size_t at = 0; at <= value.size(); ++at) {
    const char c = at < value.size() ? value[at] : ',';
    if (quote != '\0' && at < value.size()) {
      if (c == quote) quote = '\0';
    } else if ((c == '"' || c == '\'') && trimmed(value.substr(begin, at - begin)).empty()) {
      quote = c;
    } else if (c == ',') {
      std::string item = scalar_text(value.substr(begin, at - begin));
      if (!item.empty()) items.push_back(std::move(item));
      begin = at + 1;
    }
  }
  return items;
}

MetadataValue scalar_value(std::string_view value) {
  const std::string text = scalar_text(value);
  const bool quoted = value.starts_with('"') || value.starts_with('\'');
  const auto json = quoted ? Result<Json>(Json()) : parse_json(text);
  if (json.ok() && (json->is_number() || json->is_boolean()))
    if (auto plain = read_plain_value(*json); plain.ok()) return std::move(plain).value();
  return custom_text(text);
}

void set(const std::string& key, MetadataValue value, Metadata& metadata) {
  if (const DocumentField* const field = find_field(key)) {
    if (auto* number = std::get_if<std::int64_t>(&value);
        number != nullptr && field->type != FieldType::kInteger)
      value = std::to_string(*number);
    (void)set_field(*field, std::move(value), metadata);
    return;
  }
  Metadata tried = metadata;
  tried.custom.insert_or_assign(key, std::move(value));
  if (check_custom(tried.custom).ok()) metadata = std::move(tried);
}

// The lines "- item" that follow a key without a value.
std::vector<std::string> block_list(std::string_view& rest) {
  std::vector<std::string> items;
  for (;;) {
    std::string_view ahead = rest;
    const std::string_view line = trimmed(take_line(ahead));
    if (!line.starts_with("- ") || rest.empty()) return items;
    items.push_back(scalar_text(line.substr(2)));
    rest = ahead;
  }
}

void read_pair(std::string_view line, std::string_view& rest, Metadata& metadata) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0 || line.front() == ' ' || line.front() == '\t' ||
      line.front() == '#' || line.front() == '-')
    return;
  const std::string key = scalar_text(line.substr(0, colon));
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (value.starts_with('[') && value.find(']') != std::string_view::npos)
    return set(key, flow_list(value), metadata);
  if (value.starts_with('{') || value.starts_with('|') || value.starts_with('>') || value.starts_with('&'))
    return;
  if (!value.empty()) return set(key, scalar_value(value), metadata);
  if (auto items = block_list(rest); !items.empty()) set(key, std::move(items), metadata);
}

}  // namespace

void overlay(const Metadata& over, Metadata& metadata) {
  for (const DocumentField& field : document_fields())
    std::visit(
        [&](auto member) {
          if (over.*member) metadata.*member = over.*member;
        },
        field.member);
  for (const auto& [key, value] : over.custom) metadata.custom.insert_or_assign(key, value);
}

fs::path sidecar_of(const fs::path& path) { return path.string() + std::string(kSidecarEnd); }

std::optional<fs::path> file_of_sidecar(const fs::path& path) {
  std::string name = path.string();
  if (!name.ends_with(kSidecarEnd) || path.filename().string().size() == kSidecarEnd.size())
    return std::nullopt;
  name.resize(name.size() - kSidecarEnd.size());
  return name;
}

bool is_sidecar(const fs::path& path) {
  const auto file = file_of_sidecar(path);
  std::error_code error;
  return file && fs::is_regular_file(*file, error);
}

Result<std::optional<std::string>> read_sidecar(const fs::path& path) {
  const fs::path sidecar = sidecar_of(path);
  std::error_code error;
  const fs::file_type type = fs::symlink_status(sidecar, error).type();
  if (type == fs::file_type::not_found || type == fs::file_type::none) return std::optional<std::string>();
  if (type == fs::file_type::symlink)
    return Status(Code::kInvalidArgument, "cannot read its metadata: it is a link; put a file there");
  auto text = read_file(sidecar, kMaxSidecar);
  if (!text.ok()) return text.status();
  return std::optional(std::move(text).value());
}

Result<Metadata> parse_sidecar(std::string_view text) {
  RAPPEL_ASSIGN(const Json json, parse_json(text));
  if (!json.is_object()) return Status(Code::kInvalidArgument, "it is not a JSON object of metadata");
  return read_metadata(json);
}

Metadata front_matter(std::string_view text) {
  Metadata metadata;
  text = text.substr(0, kMaxFrontMatter);
  if (trimmed(take_line(text)) != "---") return metadata;
  std::string_view block = text, rest = text;
  for (;;) {
    if (rest.empty()) return metadata;  // no end: it is no front matter
    const std::size_t at = block.size() - rest.size();
    const std::string_view line = trimmed(take_line(rest));
    if (line == "---" || line == "...") {
      block = block.substr(0, at);
      break;
    }
  }
  if (!utf8_valid(block)) return metadata;
  while (!block.empty()) {
    const std::string_view line = take_line(block);
    read_pair(line, block, metadata);
  }
  return metadata;
}

}  // namespace rappel
