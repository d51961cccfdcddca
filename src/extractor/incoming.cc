#include "extractor/incoming.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/os/fd.h"
#include "base/os/socket_pair.h"

namespace rappel::extractor {
namespace {

constexpr std::size_t kLeastRoom = std::size_t{64} << 10;

Status damaged() { return Status(Code::kInvalidArgument, "the request is damaged"); }

}  // namespace

void StreamBytes::make_room() {
  if (size_ < capacity_) return;
  const std::size_t capacity = std::max(kLeastRoom, 2 * capacity_);
  auto bytes = std::make_unique_for_overwrite<char[]>(capacity);
  std::copy_n(bytes_.get(), size_, bytes.get());
  bytes_ = std::move(bytes);
  capacity_ = capacity;
}

void StreamBytes::add(char byte) {
  make_room();
  bytes_[size_++] = byte;
}

Status StreamBytes::read_from(int descriptor) {
  for (;;) {
    make_room();
    const ssize_t count = ::read(descriptor, bytes_.get() + size_, capacity_ - size_);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Status(Code::kUnavailable, std::strerror(errno));
    if (count == 0) return {};
    size_ += static_cast<std::size_t>(count);
  }
}

void UnmapPages::operator()(const char* mapped) const { ::munmap(const_cast<char*>(mapped), bytes); }

Result<Incoming> Incoming::take(Stream stream) {
  Incoming in;
  Fd passed(-1);
  if (stream == Stream::kSocket) {
    auto first = receive_message(STDIN_FILENO);
    if (!first) return damaged();
    in.stream_.add(first->kind);
    passed = std::move(first->passed);
  }
  RAPPEL_TRY(in.stream_.read_from(STDIN_FILENO));
  std::string_view rest = in.stream_.view();
  auto request = take_head(rest);
  if (!request) return damaged();
  in.request_ = std::move(*request);
  in.begin_ = in.stream_.view().size() - rest.size();
  if (in.request_.file) RAPPEL_TRY(in.map(passed.get(), *in.request_.file));
  return in;
}

// A part that ends beyond the file would only fail later, by SIGBUS.
Status Incoming::map(int descriptor, const FilePart& part) {
  const off_t end = ::lseek(descriptor, 0, SEEK_END);  // the sandbox allows no fstat() of newer libraries
  if (end < 0) return damaged();
  const auto size = static_cast<std::uint64_t>(end);
  if (part.bytes == 0 || part.offset > size || part.bytes > size - part.offset)
    return Status(Code::kInvalidArgument, "it was cut short before it was read");
  const std::uint64_t before = part.offset % static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  void* const mapped = ::mmap(nullptr, part.bytes + before, PROT_READ, MAP_PRIVATE, descriptor,
                              static_cast<off_t>(part.offset - before));
  if (mapped == MAP_FAILED) return Status(Code::kUnavailable, std::strerror(errno));
  mapped_ = {static_cast<const char*>(mapped), UnmapPages{part.bytes + before}};
  begin_ = before;
  return {};
}

}  // namespace rappel::extractor
