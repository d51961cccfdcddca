#include "extractor/office/test_zip.h"

#include <archive.h>
#include <archive_entry.h>

namespace rappel::extractor {
namespace {

la_ssize_t append(archive*, void* out, const void* bytes, std::size_t size) {
  static_cast<std::string*>(out)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

}  // namespace

std::string test_zip(const std::vector<std::pair<std::string, std::string>>& members) {
  std::string zip;
  archive* writer = archive_write_new();
  archive_write_set_format_zip(writer);
  archive_write_set_bytes_per_block(writer, 0);
  archive_write_open(writer, &zip, nullptr, append, nullptr);
  archive_entry* entry = archive_entry_new();
  for (const auto& [name, bytes] : members) {
    archive_entry_clear(entry);
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, static_cast<la_int64_t>(bytes.size()));
    archive_write_header(writer, entry);
    archive_write_data(writer, bytes.data(), bytes.size());
  }
  archive_entry_free(entry);
  archive_write_close(writer);
  archive_write_free(writer);
  return zip;
}

}  // namespace rappel::extractor
