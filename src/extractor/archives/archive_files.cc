#include "extractor/archives/archive_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/utf8.h"
#include "extractor/office/archive.h"
#include "extractor/plain/encoding.h"

namespace rappel::extractor {
namespace {

// libarchive's name for the content of a file that is only compressed.
constexpr std::string_view kUnnamed = "data";

bool is_of_system(std::string_view name) {
  if (name.starts_with("__MACOSX/") || name.find("/__MACOSX/") != std::string_view::npos) return true;
  const std::string_view file = name.substr(name.rfind('/') + 1);
  return file.starts_with("._") || file == ".DS_Store" || file == "Thumbs.db" || file == "desktop.ini";
}

std::string utf8_name(std::string name) {
  return utf8_valid(name) ? std::move(name) : decode_text(name).text;
}

// "notes.txt.gz" -> "notes.txt"
std::string name_inside(std::string_view name) {
  name = name.substr(name.find_last_of("/\\") + 1);
  for (const std::string_view extension : {".gz", ".bz2", ".xz", ".zst", ".lzma", ".Z"})
    if (name.size() > extension.size() && name.ends_with(extension))
      return std::string(name.substr(0, name.size() - extension.size()));
  return std::string(name);
}

class Files {
 public:
  Files(const Source& source, ContentSink& sink) : source_(source), sink_(sink) {}

  Status read(ArchiveFormat format) {
    const ArchiveVisitor visitor{
        .wants = [](const std::string& name) { return !is_of_system(name); },
        .member = [this](std::string name,
                         std::string bytes) { return give(std::move(name), std::move(bytes)); }};
    RAPPEL_ASSIGN(const ArchiveOutcome outcome, read_archive(source_.bytes, format, {}, visitor));
    return tell(outcome);
  }

 private:
  Status give(std::string name, std::string bytes) {
    if (bytes.empty()) return {};
    if (name == kUnnamed) {
      // Bytes that are no archive come out as they went in.
      if (bytes == source_.bytes) return {};
      name = name_inside(source_.name);
    }
    ++files_;
    return sink_.attachment({.name = utf8_name(std::move(name)), .bytes = std::move(bytes)});
  }

  Status tell(const ArchiveOutcome& outcome) {
    if (outcome.encrypted && files_ == 0)
      return Status(Code::kInvalidArgument,
                    "the files in the archive need a password; unpack it and give the files in it");
    if (outcome.encrypted)
      RAPPEL_TRY(sink_.warning("some files in the archive need a password and are left out"));
    if (outcome.damaged && files_ == 0)
      return Status(Code::kInvalidArgument,
                    "the archive is damaged, so no file in it can be read; make it again from its files");
    if (outcome.damaged)
      RAPPEL_TRY(sink_.warning("the archive is damaged; files in it may be missing or cut"));
    if (outcome.limited)
      RAPPEL_TRY(sink_.warning("the archive holds more than is read of one; the rest is left out"));
    return {};
  }

  const Source& source_;
  ContentSink& sink_;
  std::size_t files_ = 0;
};

}  // namespace

Status read_archive_files(const Source& source, ContentSink& sink) {
  const bool zip = source.bytes.starts_with("PK");
  return Files(source, sink).read(zip ? ArchiveFormat::kZip : ArchiveFormat::kAny);
}

}  // namespace rappel::extractor
