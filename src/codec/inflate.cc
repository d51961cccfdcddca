#include "codec/inflate.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <vector>

namespace rappel {
namespace {

constexpr int kWindowBits = 15, kWithGzipHeader = 16;

Status damaged() { return Status(Code::kInvalidArgument, "the compressed data is damaged"); }

// The first byte of a zlib stream: method 8, and a window of at most 32 KiB.
bool begins_zlib(unsigned char first) { return (first & 0x0F) == 8 && (first >> 4) <= 7; }

}  // namespace

struct Inflate::Stream {
  z_stream z{};
  bool started = false;
  bool ended = false;  // a member is complete, and no other has begun
  std::vector<unsigned char> out;

  ~Stream() {
    if (started) ::inflateEnd(&z);
  }
};

Inflate::Inflate(Compression compression) : compression_(compression), stream_(std::make_unique<Stream>()) {}
Inflate::~Inflate() = default;

Status Inflate::start(unsigned char first) {
  int bits = kWindowBits + kWithGzipHeader;
  if (compression_ == Compression::kDeflate) bits = begins_zlib(first) ? kWindowBits : -kWindowBits;
  if (::inflateInit2(&stream_->z, bits) != Z_OK)
    return Status(Code::kResourceExhausted, "not enough memory to decompress");
  stream_->started = true;
  stream_->out.resize(kInflatePiece);
  return {};
}

Status Inflate::add(std::string_view bytes, const Sink& sink) {
  z_stream& z = stream_->z;
  while (!bytes.empty()) {
    if (!stream_->started) RAPPEL_TRY(start(static_cast<unsigned char>(bytes.front())));
    if (stream_->ended) {  // another member
      if (compression_ != Compression::kGzip || ::inflateReset(&z) != Z_OK) return damaged();
      stream_->ended = false;
    }
    const std::size_t part = std::min<std::size_t>(bytes.size(), std::numeric_limits<uInt>::max());
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib does not write to it
    z.avail_in = static_cast<uInt>(part);
    RAPPEL_TRY(step(sink));
    bytes.remove_prefix(part - z.avail_in);
  }
  return {};
}

// Until the input is used up, or a member ends.
Status Inflate::step(const Sink& sink) {
  z_stream& z = stream_->z;
  do {
    z.next_out = stream_->out.data();
    z.avail_out = static_cast<uInt>(stream_->out.size());
    const int result = ::inflate(&z, Z_NO_FLUSH);
    if (result == Z_MEM_ERROR) return Status(Code::kResourceExhausted, "not enough memory to decompress");
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) return damaged();
    if (const std::size_t size = stream_->out.size() - z.avail_out; size > 0)
      RAPPEL_TRY(sink({reinterpret_cast<const char*>(stream_->out.data()), size}));
    stream_->ended = result == Z_STREAM_END;
  } while (!stream_->ended && (z.avail_in > 0 || z.avail_out == 0));
  return {};
}

Status Inflate::finish() const {
  if (stream_->ended) return {};
  return Status(Code::kInvalidArgument, "the compressed data is cut off");
}

}  // namespace rappel
