// Builds and damages small binary files in tests: little-endian numbers, zip archives with control over every
// field that a reader must not trust, truncations and random mutations.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace rappel {

inline std::string little(std::uint64_t value, int width) {
  std::string bytes;
  for (int i = 0; i < width; ++i) bytes += static_cast<char>(value >> (8 * i) & 255);
  return bytes;
}

// A heap block of exactly this size, so that the address sanitizer sees a read beyond it.
inline std::vector<std::byte> exact_bytes(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

struct ZipBytesMember {
  std::string name;
  std::string content;
  int method = 0;
  int flags = 0;
  bool zip64 = false;       // sizes and offset in the extra field
  bool descriptor = false;  // sizes after the data, zeros in the local header
  int padding = 0;          // bytes of extra field in the local header, as PyTorch aligns its storages
};

// A zip archive of these members; `zip64_end` adds the zip64 end record and empties the classic one.
inline std::string zip_bytes(const std::vector<ZipBytesMember>& members, bool zip64_end = false,
                             const std::string& comment = {}) {
  std::string archive;
  std::string directory;
  for (const ZipBytesMember& m : members) {
    const std::uint64_t offset = archive.size();
    const std::uint64_t size = m.content.size();
    const std::uint32_t full = 0xffffffff;
    const int flags = m.flags | (m.descriptor ? 8 : 0);
    const std::string common = little(static_cast<std::uint64_t>(flags), 2) +
                               little(static_cast<std::uint64_t>(m.method), 2) + little(0, 4) + little(0, 4);
    const std::uint64_t local_size = m.descriptor ? 0 : m.zip64 ? full : size;
    const std::string local_extra =
        (m.zip64 ? little(1, 2) + little(16, 2) + little(size, 8) + little(size, 8) : std::string()) +
        (m.padding >= 4 ? little(0x4246, 2) + little(static_cast<std::uint64_t>(m.padding - 4), 2) +
                              std::string(static_cast<std::size_t>(m.padding - 4), 'Z')
                        : std::string());
    archive += "PK\3\4" + little(20, 2) + common + little(local_size, 4) + little(local_size, 4) +
               little(m.name.size(), 2) + little(local_extra.size(), 2) + m.name + local_extra + m.content;
    if (m.descriptor) archive += "PK\7\10" + little(0, 4) + little(size, 4) + little(size, 4);
    const std::string extra =
        m.zip64 ? little(1, 2) + little(24, 2) + little(size, 8) + little(size, 8) + little(offset, 8)
                : std::string();
    const std::uint64_t shown = m.zip64 ? full : size;
    directory += "PK\1\2" + little(20, 2) + little(20, 2) + common + little(shown, 4) + little(shown, 4) +
                 little(m.name.size(), 2) + little(extra.size(), 2) + little(0, 2) + little(0, 2) +
                 little(0, 2) + little(0, 4) + little(m.zip64 ? full : offset, 4) + m.name + extra;
  }
  const std::uint64_t at = archive.size();
  const std::uint64_t count = members.size();
  archive += directory;
  if (zip64_end) {
    const std::uint64_t record = archive.size();
    archive += "PK\6\6" + little(44, 8) + little(45, 2) + little(45, 2) + little(0, 4) + little(0, 4) +
               little(count, 8) + little(count, 8) + little(directory.size(), 8) + little(at, 8);
    archive += "PK\6\7" + little(0, 4) + little(record, 8) + little(1, 4);
    archive += "PK\5\6" + little(0, 4) + little(0xffff, 2) + little(0xffff, 2) + little(0xffffffff, 4) +
               little(0xffffffff, 4);
  } else {
    archive += "PK\5\6" + little(0, 4) + little(count, 2) + little(count, 2) + little(directory.size(), 4) +
               little(at, 4);
  }
  return archive + little(comment.size(), 2) + comment;
}

// `count` copies of `bytes`, each with one to four bytes changed, removed or repeated; deterministic for a
// seed.
template <class Body>
void for_each_mutation(const std::string& bytes, int count, std::uint32_t seed, Body&& body) {
  std::mt19937 random(seed);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (int i = 0; i < count; ++i) {
    std::string mutant = bytes;
    for (std::size_t edits = 1 + below(4); edits-- > 0 && !mutant.empty();) {
      const std::size_t at = below(mutant.size());
      switch (below(6)) {
        case 0: mutant[at] = static_cast<char>(random()); break;
        case 1: mutant[at] = static_cast<char>(mutant[at] ^ (1 << below(8))); break;
        case 2: mutant[at] = static_cast<char>(0xff); break;
        case 3: mutant[at] = 0; break;
        case 4: mutant.erase(at, 1 + below(8)); break;
        default: mutant.insert(at, mutant.substr(at, 1 + below(8))); break;
      }
    }
    body(mutant);
  }
}

}  // namespace rappel
