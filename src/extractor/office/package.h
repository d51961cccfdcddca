// Package: the parts of an office document or e-book (a ZIP file) in memory. Pictures, recordings, fonts
// and parts that only say how the document looks are left out.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/ascii.h"
#include "base/status.h"
#include "extractor/office/archive.h"
#include "extractor/office/sound_zip.h"
#include "ingest/content/content.h"

namespace rappel::extractor {

class Package {
 public:
  struct Part {
    std::string name;                   // as written
    std::string bytes = {};             // once find() has unpacked it
    std::optional<std::size_t> packed;  // else its index in the archive
    bool given = false;                 // by find()
  };

  Package() = default;  // without parts

  // Errors: kInvalidArgument if nothing can be read or the file needs a password. Warns of what is left out.
  // A fault in the file needs libarchive: where that is not open, the property kWantsLibrary says so (also
  // from find()), and the content is not what it could be. `bytes` and `sink` live longer.
  static Result<Package> open(std::string_view bytes, ContentSink& sink, const ArchiveLimits& limits = {});

  // Null if there is none. Names are compared without case; a leading '/' is ignored. The bytes stay as they
  // are and where they are until the package ends.
  const std::string* find(std::string_view name) const;
  // As find(), for bytes that are the caller's: without a copy where they have not been unpacked before.
  std::optional<std::string> take(std::string_view name) const;
  // Unpacked; 0 if there is none.
  std::size_t size_of(std::string_view name) const;
  bool contains(std::string_view name) const { return part(name) != nullptr; }
  // By name in lower case, in the order of names; find() gives their bytes.
  const std::map<std::string, Part>& parts() const { return parts_; }

 private:
  Package(std::string_view bytes, ContentSink& sink, const ArchiveLimits& limits)
      : bytes_(bytes), sink_(&sink), limits_(limits) {}
  Result<ArchiveOutcome> read_whole() const;
  Part* part(std::string_view name) const;
  void unpack(Part& part) const;
  Status warn(const ArchiveOutcome& outcome) const;

  std::string_view bytes_;
  ContentSink* sink_ = nullptr;
  ArchiveLimits limits_;
  std::unique_ptr<SoundZip> zip_;  // null: all parts are unpacked
  mutable std::map<std::string, Part> parts_;
};

// "word/document.xml" + "../media/a.xml" -> "media/a.xml"; a target with a leading '/' stands alone.
std::string resolve_part(std::string_view base, std::string_view target);

}  // namespace rappel::extractor
