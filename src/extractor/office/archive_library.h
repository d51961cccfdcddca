// The functions of libarchive that are used, found with dlopen: few files are archives or damaged office
// documents, and the nine libraries that libarchive needs would make every process that reads a file dearer.
// Only archive.cc calls them.
#pragma once

#include <archive.h>
#include <archive_entry.h>

namespace rappel::extractor {

#define RAPPEL_ARCHIVE_FUNCTIONS(X)             \
  X(archive_read_new)                           \
  X(archive_read_free)                          \
  X(archive_read_support_filter_gzip)           \
  X(archive_read_support_filter_bzip2)          \
  X(archive_read_support_filter_xz)             \
  X(archive_read_support_filter_zstd)           \
  X(archive_read_support_format_zip)            \
  X(archive_read_support_format_zip_seekable)   \
  X(archive_read_support_format_zip_streamable) \
  X(archive_read_support_format_tar)            \
  X(archive_read_support_format_7zip)           \
  X(archive_read_support_format_raw)            \
  X(archive_read_open_memory)                   \
  X(archive_read_next_header)                   \
  X(archive_read_data)                          \
  X(archive_entry_filetype)                     \
  X(archive_entry_hardlink)                     \
  X(archive_entry_is_encrypted)                 \
  X(archive_entry_pathname)                     \
  X(archive_entry_pathname_utf8)                \
  X(archive_entry_size)                         \
  X(archive_entry_size_is_set)

struct ArchiveLibrary {
#define RAPPEL_ARCHIVE_MEMBER(name) decltype(&::name) name = nullptr;
  RAPPEL_ARCHIVE_FUNCTIONS(RAPPEL_ARCHIVE_MEMBER)
#undef RAPPEL_ARCHIVE_MEMBER
};

// Opens the library at the first call; later calls return the same answer. Null: it is not installed, or the
// sandbox was closed before the first call.
const ArchiveLibrary* archive_library();

}  // namespace rappel::extractor
