#include "store/sqlite/page_mending.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/os/fd.h"
#include "store/sqlite/checked_vfs.h"
#include "store/sqlite/page_seal.h"
#include "store/sqlite/schema.h"

namespace rappel::sqlite {
namespace {

constexpr int kMostPages = 1000;  // a search takes about 20 ms

bool mend_bit(std::uint64_t number, std::span<std::byte> page) {
  for (std::byte& byte : page)
    for (int bit = 0; bit < 8; ++bit) {
      const std::byte mask{static_cast<unsigned char>(1u << bit)};
      byte ^= mask;
      if (has_its_seal(number, page)) return true;
      byte ^= mask;
    }
  return false;
}

Status failure(const char* what, const std::filesystem::path& file) {
  return Status(Code::kUnavailable, std::string("cannot ") + what + " " + file.string(),
                std::strerror(errno));
}

}  // namespace

Result<std::vector<std::uint64_t>> mend_pages(const std::filesystem::path& database) {
  const Fd file(::open(database.c_str(), O_RDWR | O_CLOEXEC));
  if (file.get() < 0) return failure("write", database);
  std::vector<std::uint64_t> mended;
  std::string page(kPageBytes, '\0');
  const auto bytes = std::as_writable_bytes(std::span(page.data(), page.size()));
  int searches = 0;
  for (std::uint64_t number = 1; searches < kMostPages; ++number) {
    const auto at = static_cast<off_t>((number - 1) * kPageBytes);
    if (::pread(file.get(), page.data(), page.size(), at) != static_cast<ssize_t>(page.size())) break;
    if (number == 1 && !is_sealed(bytes)) break;  // of an older version
    if (has_its_seal(number, bytes)) continue;
    ++searches;
    if (!mend_bit(number, bytes)) continue;
    if (::pwrite(file.get(), page.data(), page.size(), at) != static_cast<ssize_t>(page.size()))
      return failure("write", database);
    mended.push_back(number);
  }
  if (!mended.empty() && ::fsync(file.get()) != 0) return failure("sync", database);
  return mended;
}

}  // namespace rappel::sqlite
