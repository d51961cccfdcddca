// Whole inflate: raw deflate streams (RFC 1951) that are whole and of known size, as the members of a zip
// archive, and their checksum. By libdeflate, which takes a third of the time of zlib, or by zlib where the
// build has found no libdeflate.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace rappel {

// Inflates one stream after another. One thread at a time.
class WholeInflate {
 public:
  WholeInflate();
  ~WholeInflate();
  WholeInflate(const WholeInflate&) = delete;

  // Sets `out` to the content. False: the stream is damaged, or does not become exactly `size` bytes. Memory
  // that cannot be had throws std::bad_alloc.
  bool run(std::string_view stream, std::size_t size, std::string& out);

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;  // null until it is needed
};

// Lets the library find the code for this processor, for a process that forks: on a virtual machine that
// takes as long as to read a small file.
void prepare_whole_inflate();

// CRC-32 of zip and gzip.
std::uint32_t crc32_of(std::string_view bytes);

}  // namespace rappel
