// Archive: the members of a ZIP file or another archive in memory, read in one pass within limits. The only
// adapter of libarchive, which it does without for a ZIP file without fault.
//
// A damaged or truncated archive gives what can be read. Names are made relative: '/' between folders, no
// ".", "..", drive or leading '/'. Directories and links are left out.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace rappel::extractor {

struct ArchiveLimits {
  std::size_t members = 10'000;
  std::size_t member_bytes = std::size_t{256} << 20;
  std::size_t total_bytes = std::size_t{1} << 30;
  std::size_t ratio = 100;  // bytes out per byte of the archive, once `ratio_from` are out
  std::size_t ratio_from = std::size_t{10} << 20;
};

enum class ArchiveFormat {
  kZip,
  kAny,  // ZIP, 7z and tar, also compressed with gzip, bzip2, xz or zstd, and one file compressed with these
};

// How the reading went. More than one may be true.
struct ArchiveOutcome {
  bool damaged = false;    // some bytes could not be read
  bool encrypted = false;  // at least one member needs a password; it is left out
  bool limited = false;    // a limit ended the reading, or cut a member
};

struct ArchiveVisitor {
  // False: the bytes of the member are not needed.
  std::function<bool(const std::string& name)> wants;
  // A failure ends the reading and is returned.
  std::function<Status(std::string name, std::string bytes)> member;
};

// Opens libarchive, before a sandbox closes the file system; false if it is not installed.
bool load_archive_library();

// Errors: those of the visitor, and kUnsupported (libarchive is needed, and is not open or not installed).
// Bytes that are no archive set `damaged` and give no members.
Result<ArchiveOutcome> read_archive(std::string_view bytes, ArchiveFormat format, const ArchiveLimits& limits,
                                    const ArchiveVisitor& visitor);

// The name as described above; empty if nothing is left of it.
std::string member_name(std::string_view raw);

}  // namespace rappel::extractor
