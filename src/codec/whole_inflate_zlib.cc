#include <zlib.h>

#include <limits>
#include <new>

#include "codec/whole_inflate.h"

namespace rappel {
namespace {

constexpr int kRaw = -15;  // without a header, the largest window

}  // namespace

struct WholeInflate::Stream {
  z_stream z{};
  Stream() {
    if (::inflateInit2(&z, kRaw) != Z_OK) throw std::bad_alloc();
  }
  ~Stream() { ::inflateEnd(&z); }
};

WholeInflate::WholeInflate() = default;
WholeInflate::~WholeInflate() = default;

bool WholeInflate::run(std::string_view stream, std::size_t size, std::string& out) {
  constexpr std::size_t kMost = std::numeric_limits<uInt>::max();
  if (stream.size() > kMost || size > kMost) return false;
  if (!stream_) stream_ = std::make_unique<Stream>();
  z_stream& z = stream_->z;
  if (::inflateReset(&z) != Z_OK) return false;
  out.resize(size);
  Bytef beyond = 0;  // an empty content needs a place too, which stays unused
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(stream.data()));  // zlib does not write to it
  z.avail_in = static_cast<uInt>(stream.size());
  z.next_out = size == 0 ? &beyond : reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(size);
  return ::inflate(&z, Z_FINISH) == Z_STREAM_END && z.avail_out == 0 && z.avail_in == 0;
}

void prepare_whole_inflate() {}

std::uint32_t crc32_of(std::string_view bytes) {
  return static_cast<std::uint32_t>(::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace rappel
