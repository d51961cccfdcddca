#include "server/http/request_body.h"

#include <algorithm>
#include <new>

#include "base/check.h"

namespace rappel {
namespace {

// Counted ahead of what has arrived.
constexpr std::size_t kStep = std::size_t{16} << 10;

}  // namespace

bool RequestBody::reader::append(const char* bytes, std::size_t count) {
  RAPPEL_CHECK(body_.hold != nullptr, "the bytes of a body are counted");
  std::string& text = body_.text;
  const std::size_t size = text.size() + count;
  if (const std::size_t held = body_.hold->bytes(); size > held) {
    const std::size_t step = std::max(size - held, kStep);
    if (body_.hold->take(step) != ByteHold::Room::kTaken &&
        body_.hold->take(size - held) != ByteHold::Room::kTaken)
      return false;
  }
  try {
    text.append(bytes, count);
  } catch (const std::bad_alloc&) {
    return false;
  }
  return true;
}

}  // namespace rappel
