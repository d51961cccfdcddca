// ZipDirectory: the members of a zip archive that lies in memory (usually a mapped file), as views of its
// bytes.
//
// For formats that keep raw, stored members in a zip and want them in place (PyTorch). It reads the central
// directory, zip64 included, and finds each member's bytes by its local header; nothing is inflated, nothing
// is copied but names. Views live as long as the archive's bytes. Source: PKWARE APPNOTE 6.3.
//
// The archive is taken as hostile: every offset is checked against the bytes, members must lie before the
// central directory, and what is found of one member never depends on another. CRCs are not checked (the
// views may be gigabytes). Archives in several parts and archives with something written in front of them are
// refused.
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
  std::uint64_t size = 0;            // uncompressed
  std::span<const std::byte> bytes;  // as they lie in the archive; equal to the content when `stored()`

  bool stored() const { return method == 0 && !encrypted; }
};

class ZipDirectory {
 public:
  // kCorrupt when the bytes are no zip archive or a damaged one, kUnsupported for several parts,
  // kResourceExhausted for more than max_members. A name that comes twice is kCorrupt.
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
