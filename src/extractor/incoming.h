// Incoming: the request that this process answers, with its file (ingest/content/read_request.h).
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "ingest/content/read_request.h"

namespace rappel::extractor {

// Where the request comes from: a pipe cannot pass descriptors.
enum class Stream { kPipe, kSocket };

struct UnmapPages {
  std::size_t bytes = 0;
  void operator()(const char* mapped) const;
};

// The bytes of a stream. Memory is not touched before bytes come, and those of a small file are not copied.
class StreamBytes {
 public:
  // To the end of the stream, after what is there.
  Status read_from(int descriptor);
  void add(char byte);
  std::string_view view() const { return {bytes_.get(), size_}; }
  std::size_t capacity() const { return capacity_; }

 private:
  void make_room();

  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0, capacity_ = 0;
};

class Incoming {
 public:
  // Reads the request from standard input, to its end. Looks at nothing of the file. kInvalidArgument: it is
  // damaged.
  static Result<Incoming> take(Stream stream);

  const ReadRequest& request() const { return request_; }
  std::string_view file() const { return whole().substr(begin_); }
  // Bytes of address space that all of it takes.
  std::size_t memory() const { return stream_.capacity() + mapped_.get_deleter().bytes; }

 private:
  Incoming() = default;
  Status map(int descriptor, const FilePart& part);
  std::string_view whole() const {
    return mapped_ ? std::string_view(mapped_.get(), mapped_.get_deleter().bytes) : stream_.view();
  }

  StreamBytes stream_;
  ReadRequest request_;
  std::unique_ptr<const char, UnmapPages> mapped_;  // whole pages of a descriptor
  std::size_t begin_ = 0;                           // of the file, in mapped_ or else in stream_
};

}  // namespace rappel::extractor
