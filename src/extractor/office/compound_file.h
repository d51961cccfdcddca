// Compound file (OLE storage, [MS-CFB]): storages and streams in one file, as old Office documents and
// messages of Outlook are. Read-only, from memory.
//
// Nothing in the file is trusted: chains and trees that loop or leave the file end there. A stream of a
// damaged file may be shorter than it says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rappel::extractor {

class CompoundFile {
 public:
  struct Entry {
    std::string name;  // UTF-8
    bool is_storage = false;
    std::uint32_t left = 0, right = 0, child = 0, start = 0;
    std::uint64_t size = 0;
  };
  static constexpr std::size_t kRoot = 0;

  // `bytes` must outlive it. Nothing: it is no such file, or has no directory.
  static std::optional<CompoundFile> open(std::string_view bytes);

  // The entries in the storage, at most 100 000.
  std::vector<std::size_t> children(std::size_t storage) const;
  const Entry& entry(std::size_t index) const { return entries_[index]; }
  // The entry of this name in the storage. Nothing: there is none.
  std::optional<std::size_t> find(std::size_t storage, std::string_view name) const;
  // The bytes of a stream, at most `limit`.
  std::string read(const Entry& stream, std::size_t limit) const;
  // The stream of this name in the storage; "" if there is none.
  std::string read(std::size_t storage, std::string_view name, std::size_t limit) const;

 private:
  explicit CompoundFile(std::string_view bytes) : bytes_(bytes) {}
  bool read_head();
  void read_tables(std::uint32_t next_list, std::size_t lists);
  void read_directory(std::uint32_t start);
  std::string_view sector(std::uint32_t number) const;
  std::string chain(std::uint32_t start, std::uint64_t size) const;
  std::string small_chain(std::uint32_t start, std::uint64_t size) const;

  std::string_view bytes_;
  unsigned shift_ = 9;                     // of a sector's size
  std::uint32_t small_below_ = 4096;       // streams of fewer bytes are in small_
  std::vector<std::uint32_t> next_;        // sector after each sector
  std::vector<std::uint32_t> next_small_;  // the same for the sectors of 64 bytes in small_
  std::string small_;
  std::vector<Entry> entries_;
};

}  // namespace rappel::extractor
