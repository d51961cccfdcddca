// Inflate: decompression of gzip (RFC 1952), zlib (RFC 1950) and raw deflate (RFC 1951) streams, step by step
// and in constant memory. The adapter of zlib.
//
// An object reads one stream and is used by one thread at a time. Bytes come out in pieces of at most
// kInflatePiece, and nothing is kept of them: the caller bounds what a small stream may become.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"

namespace rappel {

inline constexpr std::size_t kInflatePiece = std::size_t{64} << 10;

enum class Compression {
  kGzip,     // one member or several, which follow each other
  kDeflate,  // a zlib stream; also without its header, because some senders leave it out
};

class Inflate {
 public:
  explicit Inflate(Compression compression);
  ~Inflate();
  Inflate(const Inflate&) = delete;
  Inflate& operator=(const Inflate&) = delete;

  using Sink = std::function<Status(std::string_view)>;
  // The next bytes of the stream; `sink` gets what they become. kInvalidArgument: the stream is damaged, or
  // goes on after its end. kResourceExhausted: no memory. A failure of `sink` is returned. No more calls
  // after a failure.
  Status add(std::string_view bytes, const Sink& sink);
  // kInvalidArgument if the stream is cut off.
  Status finish() const;

 private:
  struct Stream;
  Status start(unsigned char first);
  Status step(const Sink& sink);

  const Compression compression_;
  std::unique_ptr<Stream> stream_;
};

}  // namespace rappel
