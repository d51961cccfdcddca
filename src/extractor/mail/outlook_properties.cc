#include "extractor/mail/outlook_properties.h"

#include <charconv>

#include "extractor/plain/convert.h"
#include "extractor/plain/encoding.h"

namespace rappel::extractor {
namespace {

constexpr std::string_view kStream = "__substg1.0_", kNumbers = "__properties_version1.0";
constexpr std::string_view kReceiver = "__recip_version1.0_", kAttachment = "__attach_version1.0_";
constexpr std::size_t kMostText = std::size_t{32} << 20, kMostStorages = 5'000, kNumber = 16;
constexpr std::uint16_t kUnicode = 0x001F, kObject = 0x000D;

std::uint64_t little(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::size_t head_of(OutlookProperties::Owner owner) {
  switch (owner) {
    case OutlookProperties::Owner::kMessage: return 32;
    case OutlookProperties::Owner::kInnerMessage: return 24;
    default: return 8;
  }
}

}  // namespace

OutlookProperties::OutlookProperties(const CompoundFile& file, std::size_t storage, Owner owner)
    : file_(file) {
  for (const std::size_t child : file.children(storage)) {
    const CompoundFile::Entry& entry = file.entry(child);
    std::uint32_t tag = 0;  // id and type
    const char* end = entry.name.data() + entry.name.size();
    if (entry.name == kNumbers) {
      const std::string table = file.read(entry, kMostText);
      for (std::size_t at = head_of(owner); at + kNumber <= table.size(); at += kNumber)
        numbers_.emplace(static_cast<std::uint16_t>(little(std::string_view(table).substr(at + 2, 2))),
                         little(std::string_view(table).substr(at + 8, 8)));
    } else if (entry.name.starts_with(kReceiver) && receivers_.size() < kMostStorages) {
      receivers_.push_back(child);
    } else if (entry.name.starts_with(kAttachment) && attachments_.size() < kMostStorages) {
      attachments_.push_back(child);
    } else if (entry.name.starts_with(kStream) &&
               std::from_chars(entry.name.data() + kStream.size(), end, tag, 16).ptr == end) {
      streams_.emplace(static_cast<std::uint16_t>(tag >> 16),
                       Stream{static_cast<std::uint16_t>(tag & 0xFFFF), child});
    }
  }
}

std::string OutlookProperties::bytes(std::uint16_t id) const {
  const auto found = streams_.find(id);
  if (found == streams_.end() || file_.entry(found->second.entry).is_storage) return {};
  return file_.read(file_.entry(found->second.entry), kMostText);
}

std::string OutlookProperties::text(std::uint16_t id, const std::string& encoding) const {
  const std::string stored = bytes(id);
  if (stored.empty()) return {};
  if (streams_.at(id).type != kUnicode) return decode_text(stored, encoding).text;
  const auto converted = convert_to_utf8(stored, "utf-16le");
  std::size_t nul = 0;
  return converted ? normal_line_ends(converted->text, nul) : "";
}

std::uint64_t OutlookProperties::number(std::uint16_t id) const {
  const auto found = numbers_.find(id);
  return found == numbers_.end() ? 0 : found->second;
}

std::optional<std::size_t> OutlookProperties::object(std::uint16_t id) const {
  const auto found = streams_.find(id);
  if (found == streams_.end() || found->second.type != kObject) return std::nullopt;
  return file_.entry(found->second.entry).is_storage ? std::optional(found->second.entry) : std::nullopt;
}

}  // namespace rappel::extractor
