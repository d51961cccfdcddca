// The format of index files: named sections of bytes with checksums. docs/storage.md has the layout.
//
// Index files are caches of what the store holds: a file that is damaged or of another version is not read,
// and its rows are encoded again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/status.h"

namespace rappel {

enum class IndexFileKind : std::uint32_t { kDenseCodec = 1, kDenseSegment = 2, kManifest = 3, kPostings = 4 };

struct Section {
  std::uint32_t id = 0;
  std::span<const std::byte> bytes;
};

template <class T>
Section section_of(std::uint32_t id, std::span<const T> values) {
  static_assert(std::is_trivially_copyable_v<T>);
  return {id, std::as_bytes(values)};
}

// The content of a file.
std::string write_sections(IndexFileKind kind, std::span<const Section> sections);

// kCorrupt: an index file has `fault`.
Status damaged_index_file(const char* fault);

// XXH3 of the bytes, in hexadecimal.
std::string content_hash(std::string_view bytes);

class Sections {
 public:
  // Views into `content`, which must stay, at an address that is a multiple of 64. kCorrupt: another kind or
  // version, a wrong length or checksum.
  static Result<Sections> parse(std::string_view content, IndexFileKind kind);

  // The section's values, where they lie. kCorrupt unless there are exactly `count`.
  template <class T>
  Result<const T*> values(std::uint32_t id, std::size_t count) const {
    static_assert(std::is_trivially_copyable_v<T>);
    const std::span<const std::byte> section = find(id);
    if (section.size() != count * sizeof(T)) return wrong_length();
    return reinterpret_cast<const T*>(section.data());
  }
  // A copy of them.
  template <class T>
  Status copy(std::uint32_t id, T* to, std::size_t count) const {
    static_assert(std::is_trivially_copyable_v<T>);
    return copy_bytes(id, to, count * sizeof(T));
  }
  // Length of the section; 0 if there is none.
  std::size_t bytes(std::uint32_t id) const { return find(id).size(); }

 private:
  static Status wrong_length();
  std::span<const std::byte> find(std::uint32_t id) const;
  Status copy_bytes(std::uint32_t id, void* to, std::size_t bytes) const;

  std::vector<Section> sections_;
};

}  // namespace rappel
