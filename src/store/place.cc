#include "store/place.h"

#include <fmt/format.h>

#include "codec/json.h"
#include "store/types.h"

namespace rappel {
namespace {

// Every member with its name, in the order of answers. `Self` is Place or const Place.
template <class Self, class Use>
void for_each_member(Self& place, Use use) {
  use("inner_file", place.files);
  use("page", place.page);
  use("last_page", place.last_page);
  use("page_label", place.page_label);
  use("last_page_label", place.last_page_label);
  use("slide", place.slide);
  use("last_slide", place.last_slide);
  use("message", place.message);
  use("sheet", place.sheet);
  use("row", place.row);
  use("last_row", place.last_row);
  use("columns", place.columns);
  use("chapter", place.chapter);
  use("section", place.section);
  use("last_section", place.last_section);
}

using Path = std::vector<std::string>;

bool is_set(std::uint32_t number) { return number != 0; }
bool is_set(const std::string& text) { return !text.empty(); }
bool is_set(const Path& path) { return !path.empty(); }

std::string joined(const Path& path) {
  std::string out;
  for (const std::string& step : path) out += (out.empty() ? "" : " > ") + step;
  return out;
}

MetadataValue value_of(std::uint32_t number) { return std::int64_t{number}; }
MetadataValue value_of(const std::string& text) { return text; }
MetadataValue value_of(const Path& path) { return joined(path); }

std::size_t bytes_of(std::uint32_t) { return 0; }
std::size_t bytes_of(const std::string& text) { return text.size(); }
std::size_t bytes_of(const Path& path) {
  std::size_t bytes = 0;
  for (const std::string& step : path) bytes += sizeof step + step.size();
  return bytes;
}

bool read(const Json& json, std::uint32_t& number) {
  const bool fits = json.is_number_unsigned() && json.get<std::uint64_t>() <= UINT32_MAX;
  if (fits) number = json.get<std::uint32_t>();
  return fits;
}
bool read(const Json& json, std::string& text) {
  if (json.is_string()) text = json.get<std::string>();
  return json.is_string();
}
bool read(const Json& json, Path& path) {
  if (!json.is_array()) return false;
  for (const Json& step : json)
    if (!read(step, path.emplace_back())) return false;
  return true;
}

// "page 3", "pages 3-4".
std::string numbers(const char* what, std::uint32_t first, std::uint32_t last) {
  return last == 0 ? fmt::format("{} {}", what, first) : fmt::format("{}s {}-{}", what, first, last);
}

std::string pages(const Place& place) {
  if (place.page_label.empty() && place.last_page_label.empty())
    return numbers("page", place.page, place.last_page);
  const auto shown = [](std::uint32_t number, const std::string& label) {
    return label.empty() ? fmt::format("{}", number) : label;
  };
  const std::string first = shown(place.page, place.page_label);
  return place.last_page == 0
             ? "page " + first
             : fmt::format("pages {}-{}", first, shown(place.last_page, place.last_page_label));
}

}  // namespace

std::size_t place_bytes(const Place& place) {
  std::size_t bytes = 0;
  for_each_member(place, [&](const char*, const auto& member) { bytes += bytes_of(member); });
  return bytes;
}

std::string place_text_of(const Place& place) {
  if (place.empty()) return {};
  Json json = Json::object();
  for_each_member(place, [&](const char* name, const auto& member) {
    if (is_set(member)) json[name] = member;
  });
  return dump_json(json);
}

Result<Place> parse_place(std::string_view text) {
  Place place;
  if (text.empty()) return place;
  RAPPEL_ASSIGN(const Json json, parse_json(text));
  bool sound = json.is_object();
  if (sound)
    for_each_member(place, [&](const char* name, auto& member) {
      const auto found = json.find(name);
      sound = sound && (found == json.end() || read(*found, member));
    });
  if (!sound) return Status(Code::kInvalidArgument, "this is not the place of a chunk");
  return place;
}

PlaceMembers place_members(const Chunk& chunk) {
  PlaceMembers members;
  if (chunk.place.empty()) return members;
  for_each_member(chunk.place, [&](const char* name, const auto& member) {
    if (is_set(member)) members.emplace_back(name, value_of(member));
  });
  members.emplace_back("begin", std::int64_t{chunk.begin});
  members.emplace_back("end", std::int64_t{chunk.end});
  return members;
}

std::string place_phrase(const Place& place) {
  std::string out;
  const auto add = [&](const std::string& part) { out += (out.empty() ? "" : ", ") + part; };
  if (!place.files.empty()) add(joined(place.files));
  if (place.message != 0) add(numbers("message", place.message, 0));
  if (place.page != 0) add(pages(place));
  if (place.slide != 0) add(numbers("slide", place.slide, place.last_slide));
  if (!place.sheet.empty()) add("sheet " + place.sheet);
  if (place.row != 0) add(numbers("row", place.row, place.last_row));
  if (!place.chapter.empty()) add("chapter " + place.chapter);
  if (!place.section.empty()) add("section " + joined(place.section));
  return out;
}

}  // namespace rappel
