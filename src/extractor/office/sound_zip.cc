#include "extractor/office/sound_zip.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <span>

namespace rappel::extractor {
namespace {

constexpr std::uint16_t kStored = 0, kDeflated = 8;

bool is_usual(const ZipMember& member) {
  return !member.encrypted && (member.method == kStored || member.method == kDeflated) &&
         std::all_of(member.name.begin(), member.name.end(),
                     [](char c) { return static_cast<signed char>(c) > 0; });
}

bool is_file(const ZipMember& member, const std::string& name) {
  const std::uint32_t type = member.mode & S_IFMT;
  return (type == 0 || type == S_IFREG) && !name.empty() && !name.ends_with('/');
}

}  // namespace

std::unique_ptr<SoundZip> SoundZip::open(std::string_view bytes, const ArchiveLimits& limits,
                                         const std::function<bool(const std::string& name)>& wants) {
  auto directory = ZipDirectory::read(std::as_bytes(std::span(bytes)), limits.members);
  if (!directory.ok()) return nullptr;
  std::unique_ptr<SoundZip> zip(new SoundZip(std::move(*directory)));
  return zip->choose(bytes.size(), limits, wants) ? std::move(zip) : nullptr;
}

bool SoundZip::choose(std::size_t bytes, const ArchiveLimits& limits,
                      const std::function<bool(const std::string& name)>& wants) {
  const std::size_t most = std::min(limits.total_bytes, std::max(limits.ratio_from, limits.ratio * bytes));
  std::size_t total = 0;
  for (const ZipMember& member : directory_.members()) {
    if (!is_usual(member) || member.size > limits.member_bytes) return false;
    std::string name = member_name(member.name);
    if (!is_file(member, name) || !wants(name)) continue;
    wanted_.push_back({&member, std::move(name)});
    total += member.size;
    if (total > most) return false;
  }
  std::sort(wanted_.begin(), wanted_.end(),
            [](const Wanted& a, const Wanted& b) { return a.member->bytes.data() < b.member->bytes.data(); });
  return true;
}

bool SoundZip::unpack(std::size_t index, std::string& content) {
  const ZipMember& member = *wanted_[index].member;
  const std::string_view packed(reinterpret_cast<const char*>(member.bytes.data()), member.bytes.size());
  if (member.stored())
    content = packed;
  else if (!inflate_.run(packed, member.size, content))
    return false;
  return crc32_of(content) == member.crc;
}

}  // namespace rappel::extractor
