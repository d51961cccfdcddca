#include <libdeflate.h>

#include <new>

#include "codec/whole_inflate.h"

namespace rappel {

struct WholeInflate::Stream {
  libdeflate_decompressor* const decompressor = ::libdeflate_alloc_decompressor();
  Stream() {
    if (decompressor == nullptr) throw std::bad_alloc();
  }
  ~Stream() { ::libdeflate_free_decompressor(decompressor); }
};

WholeInflate::WholeInflate() = default;
WholeInflate::~WholeInflate() = default;

bool WholeInflate::run(std::string_view stream, std::size_t size, std::string& out) {
  if (!stream_) stream_ = std::make_unique<Stream>();
  out.resize(size);
  std::size_t used = 0, made = 0;
  const auto result = ::libdeflate_deflate_decompress_ex(stream_->decompressor, stream.data(), stream.size(),
                                                         out.data(), size, &used, &made);
  return result == LIBDEFLATE_SUCCESS && used == stream.size() && made == size;
}

void prepare_whole_inflate() {
  constexpr std::string_view kNothing("\x03\x00", 2);
  std::string out;
  (void)WholeInflate().run(kNothing, 0, out);
  (void)crc32_of(kNothing);
}

std::uint32_t crc32_of(std::string_view bytes) { return ::libdeflate_crc32(0, bytes.data(), bytes.size()); }

}  // namespace rappel
