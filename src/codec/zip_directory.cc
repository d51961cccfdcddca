#include "codec/zip_directory.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace rappel {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::uint32_t kLocalSignature = 0x04034b50;
constexpr std::uint32_t kCentralSignature = 0x02014b50;
constexpr std::uint32_t kEndSignature = 0x06054b50;
constexpr std::uint32_t kEnd64Signature = 0x06064b50;
constexpr std::uint32_t kLocator64Signature = 0x07064b50;
constexpr std::size_t kLocalSize = 30;
constexpr std::size_t kCentralSize = 46;
constexpr std::size_t kEndSize = 22;
constexpr std::size_t kEnd64Size = 56;
constexpr std::size_t kLocator64Size = 20;
constexpr std::size_t kMaxComment = 65535;
constexpr std::uint16_t kMadeOnUnix = 3;
constexpr std::uint16_t kFlagEncrypted = 1;
constexpr std::uint16_t kFlagDescriptor = 8;
constexpr std::uint16_t kExtraZip64 = 1;
constexpr std::uint16_t k16Full = 0xffff;
constexpr std::uint32_t k32Full = 0xffffffff;

Status corrupt(const std::string& what) { return Status(Code::kCorrupt, "damaged zip archive: " + what); }

// `at + sizeof` has been checked by the caller.
template <class T>
T little_endian(Bytes bytes, std::size_t at) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value |= static_cast<T>(static_cast<T>(bytes[at + i]) << (8 * i));
  return value;
}
std::uint16_t u16(Bytes b, std::size_t at) { return little_endian<std::uint16_t>(b, at); }
std::uint32_t u32(Bytes b, std::size_t at) { return little_endian<std::uint32_t>(b, at); }
std::uint64_t u64(Bytes b, std::size_t at) { return little_endian<std::uint64_t>(b, at); }

// True if [offset, offset + size) lies in [0, limit).
bool inside(std::uint64_t offset, std::uint64_t size, std::uint64_t limit) {
  return offset <= limit && size <= limit - offset;
}

struct Directory {
  std::uint64_t count = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

std::optional<std::size_t> find_end(Bytes archive) {
  if (archive.size() < kEndSize) return std::nullopt;
  const std::size_t last = archive.size() - kEndSize;
  const std::size_t first = last > kMaxComment ? last - kMaxComment : 0;
  for (std::size_t at = last + 1; at-- > first;) {
    if (u32(archive, at) == kEndSignature && at + kEndSize + u16(archive, at + 20) <= archive.size())
      return at;
  }
  return std::nullopt;
}

Result<Directory> find_directory64(Bytes archive, std::size_t end) {
  if (end < kLocator64Size || u32(archive, end - kLocator64Size) != kLocator64Signature)
    return corrupt("its zip64 locator is missing");
  const std::uint64_t at = u64(archive, end - kLocator64Size + 8);
  if (!inside(at, kEnd64Size, end - kLocator64Size))
    return corrupt("its zip64 end record lies outside the file");
  const auto record = archive.subspan(static_cast<std::size_t>(at), kEnd64Size);
  if (u32(record, 0) != kEnd64Signature) return corrupt("its zip64 end record is missing");
  if (u32(record, 16) != 0 || u32(record, 20) != 0)
    return Status(Code::kUnsupported, "zip archives in several parts cannot be read");
  const Directory directory{u64(record, 32), u64(record, 48), u64(record, 40)};
  if (!inside(directory.offset, directory.size, at)) return corrupt("its directory lies outside the file");
  return directory;
}

Result<Directory> find_directory(Bytes archive) {
  const auto end = find_end(archive);
  if (!end) return corrupt("it has no end record (not a zip archive, or cut off)");
  const Bytes record = archive.subspan(*end, kEndSize);
  const Directory directory{u16(record, 10), u32(record, 16), u32(record, 12)};
  const bool zip64 = directory.count == k16Full || directory.offset == k32Full || directory.size == k32Full;
  if (zip64) return find_directory64(archive, *end);
  if (u16(record, 4) != 0 || u16(record, 6) != 0)
    return Status(Code::kUnsupported, "zip archives in several parts cannot be read");
  if (!inside(directory.offset, directory.size, *end)) return corrupt("its directory lies outside the file");
  return directory;
}

struct Sizes {
  std::uint64_t uncompressed = 0;
  std::uint64_t compressed = 0;
  std::uint64_t local_offset = 0;
};

// The zip64 extra field contains, in this order, those of the three numbers whose 32-bit field is saturated.
Status widen(Bytes extra, Sizes& sizes, const std::string& name) {
  std::uint64_t* const fields[] = {&sizes.uncompressed, &sizes.compressed, &sizes.local_offset};
  if (std::none_of(std::begin(fields), std::end(fields), [](auto* f) { return *f == k32Full; })) return {};
  for (std::size_t at = 0; at + 4 <= extra.size();) {
    const std::size_t size = u16(extra, at + 2);
    if (at + 4 + size > extra.size()) break;
    if (u16(extra, at) == kExtraZip64) {
      const Bytes values = extra.subspan(at + 4, size);
      std::size_t used = 0;
      for (std::uint64_t* field : fields) {
        if (*field != k32Full) continue;
        if (used + 8 > values.size()) return corrupt("the zip64 sizes of member " + name + " are missing");
        *field = u64(values, used);
        used += 8;
      }
      return {};
    }
    at += 4 + size;
  }
  return {};  // exactly 4 GiB - 1, without zip64
}

// Sets member.bytes from the local header, which must agree with the directory. `limit` is the directory's
// offset.
Status locate(Bytes archive, const Sizes& sizes, std::uint64_t limit, ZipMember& member) {
  if (!inside(sizes.local_offset, kLocalSize, limit))
    return corrupt("member " + member.name + " lies outside the file");
  const Bytes local = archive.subspan(static_cast<std::size_t>(sizes.local_offset), kLocalSize);
  if (u32(local, 0) != kLocalSignature) return corrupt("member " + member.name + " has no local header");
  const std::uint64_t name_size = u16(local, 26);
  const std::uint64_t data = sizes.local_offset + kLocalSize + name_size + u16(local, 28);
  if (!inside(data, sizes.compressed, limit)) return corrupt("member " + member.name + " is cut off");
  const Bytes name = archive.subspan(static_cast<std::size_t>(sizes.local_offset) + kLocalSize,
                                     static_cast<std::size_t>(name_size));
  if (!std::equal(name.begin(), name.end(), std::as_bytes(std::span(member.name)).begin(),
                  std::as_bytes(std::span(member.name)).end()))
    return corrupt("member " + member.name + " has another name in its local header");
  if (u16(local, 8) != member.method)
    return corrupt("member " + member.name + " has two compression methods");
  const std::uint32_t local_size = u32(local, 18);
  if ((u16(local, 6) & kFlagDescriptor) == 0 && local_size != k32Full && local_size != sizes.compressed)
    return corrupt("member " + member.name + " has two sizes");
  if (member.stored() && sizes.compressed != sizes.uncompressed)
    return corrupt("member " + member.name + " is stored, but its two sizes differ");
  member.bytes = archive.subspan(static_cast<std::size_t>(data), static_cast<std::size_t>(sizes.compressed));
  return {};
}

}  // namespace

Result<ZipDirectory> ZipDirectory::read(std::span<const std::byte> archive, std::size_t max_members) {
  RAPPEL_ASSIGN(const Directory directory, find_directory(archive));
  if (directory.count > directory.size / kCentralSize)
    return corrupt("its directory is shorter than it says");
  if (directory.count > max_members)
    return Status(Code::kResourceExhausted,
                  "the zip archive has more than " + std::to_string(max_members) + " members");
  Bytes rest =
      archive.subspan(static_cast<std::size_t>(directory.offset), static_cast<std::size_t>(directory.size));
  ZipDirectory result;
  for (std::uint64_t i = 0; i < directory.count; ++i) {
    if (rest.size() < kCentralSize || u32(rest, 0) != kCentralSignature)
      return corrupt("directory entry " + std::to_string(i) + " is missing");
    const std::size_t name_size = u16(rest, 28);
    const std::size_t extra_size = u16(rest, 30);
    const std::size_t entry_size = kCentralSize + name_size + extra_size + u16(rest, 32);
    if (entry_size > rest.size()) return corrupt("directory entry " + std::to_string(i) + " is cut off");
    ZipMember member;
    member.name.assign(reinterpret_cast<const char*>(rest.data()) + kCentralSize, name_size);
    member.method = u16(rest, 10);
    member.encrypted = (u16(rest, 8) & kFlagEncrypted) != 0;
    member.mode = u16(rest, 4) >> 8 == kMadeOnUnix ? u32(rest, 38) >> 16 : 0;
    member.crc = u32(rest, 16);
    Sizes sizes{u32(rest, 24), u32(rest, 20), u32(rest, 42)};
    RAPPEL_TRY(widen(rest.subspan(kCentralSize + name_size, extra_size), sizes, member.name));
    member.size = sizes.uncompressed;
    RAPPEL_TRY(locate(archive, sizes, directory.offset, member));
    if (!result.by_name_.emplace(member.name, result.members_.size()).second)
      return corrupt("member " + member.name + " is there twice");
    result.members_.push_back(std::move(member));
    rest = rest.subspan(entry_size);
  }
  return result;
}

const ZipMember* ZipDirectory::find(std::string_view name) const {
  const auto it = by_name_.find(name);
  return it == by_name_.end() ? nullptr : &members_[it->second];
}

}  // namespace rappel
