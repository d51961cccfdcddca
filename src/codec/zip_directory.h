// ZipDirectory: views of the members of a zip archive in memory (usually a mapped file).
//
// It reads the central directory, including zip64, and locates each member by its local header. It inflates
// nothing (inflate.h) and copies only names.
// Views are valid as long as the bytes of the archive. Source: PKWARE APPNOTE 6.3.
//
// The archive is untrusted: every offset is checked against the bytes, members must lie before the central
// directory, and one member cannot affect how another is read. CRCs are not checked, because the views may be
// gigabytes. Multi-part archives and archives with data before the first member are rejected.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace rappel {

struct ZipMember {
  std::string name;
  std::uint16_t method = 0;  // 0 is stored, 8 deflated
  bool encrypted = false;
  std::uint32_t mode = 0;            // st_mode on Unix; 0 if the archive does not tell
  std::uint32_t crc = 0;             // of the content
  std::uint64_t size = 0;            // uncompressed
  std::span<const std::byte> bytes;  // as in the archive; the content if `stored()`

  bool stored() const { return method == 0 && !encrypted; }
};

class ZipDirectory {
 public:
  // kCorrupt if the bytes are not a zip archive, are damaged, or contain a name twice; kUnsupported for a
  // multi-part archive; kResourceExhausted for more than max_members.
  static Result<ZipDirectory> read(std::span<const std::byte> archive, std::size_t max_members = 1u << 20);

  // In the order of the central directory.
  const std::vector<ZipMember>& members() const { return members_; }
  const ZipMember* find(std::string_view name) const;

 private:
  ZipDirectory() = default;
  std::vector<ZipMember> members_;
  std::map<std::string, std::size_t, std::less<>> by_name_;
};

}  // namespace rappel
