#include "index/section_file.h"

#define XXH_INLINE_ALL
#include <fmt/format.h>
#include <xxhash.h>

#include <bit>
#include <cstring>

namespace rappel {
namespace {

static_assert(std::endian::native == std::endian::little, "the file format is little-endian");

constexpr char kMagic[8] = {'R', 'P', 'L', 'I', 'N', 'D', 'E', 'X'};
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kAlignment = 64, kMostSections = 64;

struct Header {
  char magic[8];
  std::uint32_t version, kind;
  std::uint64_t file_bytes;
  std::uint32_t sections, unused;
};
struct Entry {
  std::uint32_t id, unused;
  std::uint64_t offset, bytes, hash;
};
static_assert(sizeof(Header) == 32 && sizeof(Entry) == 32);

std::size_t aligned(std::size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

// Header, entries and the hash of both.
std::size_t head_bytes(std::size_t sections) {
  return sizeof(Header) + sections * sizeof(Entry) + sizeof(std::uint64_t);
}

std::uint64_t hash(const void* bytes, std::size_t size) { return XXH3_64bits(bytes, size); }

template <class T>
T read_at(std::string_view content, std::size_t offset) {
  T value;
  std::memcpy(&value, content.data() + offset, sizeof value);
  return value;
}

}  // namespace

Status damaged_index_file(const char* fault) {
  return Status(Code::kCorrupt, std::string("an index file has ") + fault);
}

std::string content_hash(std::string_view bytes) {
  return fmt::format("{:016x}", hash(bytes.data(), bytes.size()));
}

std::string write_sections(IndexFileKind kind, std::span<const Section> sections) {
  std::size_t end = aligned(head_bytes(sections.size()));
  std::vector<Entry> entries;
  for (const Section& section : sections) {
    entries.push_back(
        {section.id, 0, end, section.bytes.size(), hash(section.bytes.data(), section.bytes.size())});
    end = aligned(end + section.bytes.size());
  }
  std::string content(end, '\0');
  Header header{
      {}, kVersion, static_cast<std::uint32_t>(kind), end, static_cast<std::uint32_t>(sections.size()), 0};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  std::memcpy(content.data(), &header, sizeof header);
  if (!entries.empty())
    std::memcpy(content.data() + sizeof header, entries.data(), entries.size() * sizeof(Entry));
  const std::size_t head = head_bytes(sections.size()) - sizeof(std::uint64_t);
  const std::uint64_t sum = hash(content.data(), head);
  std::memcpy(content.data() + head, &sum, sizeof sum);
  for (std::size_t i = 0; i < sections.size(); ++i)
    if (!sections[i].bytes.empty())
      std::memcpy(content.data() + entries[i].offset, sections[i].bytes.data(), sections[i].bytes.size());
  return content;
}

Result<Sections> Sections::parse(std::string_view content, IndexFileKind kind) {
  if (content.size() < sizeof(Header)) return damaged_index_file("no header");
  const auto header = read_at<Header>(content, 0);
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0 || header.version != kVersion ||
      header.kind != static_cast<std::uint32_t>(kind))
    return damaged_index_file("another kind or version");
  if (header.file_bytes != content.size() || header.sections > kMostSections ||
      head_bytes(header.sections) > content.size())
    return damaged_index_file("a wrong length");
  const std::size_t head = head_bytes(header.sections) - sizeof(std::uint64_t);
  if (read_at<std::uint64_t>(content, head) != hash(content.data(), head))
    return damaged_index_file("a damaged header");
  Sections result;
  for (std::size_t i = 0; i < header.sections; ++i) {
    const auto entry = read_at<Entry>(content, sizeof(Header) + i * sizeof(Entry));
    if (entry.offset > content.size() || entry.bytes > content.size() - entry.offset)
      return damaged_index_file("a section outside of the file");
    const char* const at = content.data() + entry.offset;
    if (hash(at, entry.bytes) != entry.hash) return damaged_index_file("a damaged section");
    result.sections_.push_back({entry.id, std::as_bytes(std::span(at, entry.bytes))});
  }
  return result;
}

std::span<const std::byte> Sections::find(std::uint32_t id) const {
  for (const Section& section : sections_)
    if (section.id == id) return section.bytes;
  return {};
}

Status Sections::wrong_length() { return damaged_index_file("a section of another length"); }

Status Sections::copy_bytes(std::uint32_t id, void* to, std::size_t bytes) const {
  const std::span<const std::byte> section = find(id);
  if (section.size() != bytes) return wrong_length();
  if (bytes != 0) std::memcpy(to, section.data(), bytes);
  return {};
}

}  // namespace rappel
