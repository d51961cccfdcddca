// SoundZip: a ZIP archive without fault, as nearly all are, whose members are unpacked when they are needed.
// Anything unusual is left to read_archive(): a damaged directory, encryption, names that are not
// ASCII, sizes beyond the limits. Views the bytes of the archive, which live longer. One thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "codec/whole_inflate.h"
#include "codec/zip_directory.h"
#include "extractor/office/archive.h"

namespace rappel::extractor {

class SoundZip {
 public:
  // Null: it is to be read by read_archive(). `wants` as in ArchiveVisitor.
  static std::unique_ptr<SoundZip> open(std::string_view bytes, const ArchiveLimits& limits,
                                        const std::function<bool(const std::string& name)>& wants);

  // The wanted members in the order of the file.
  std::size_t size() const { return wanted_.size(); }
  const std::string& name(std::size_t index) const { return wanted_[index].name; }
  std::size_t size_of(std::size_t index) const {
    return static_cast<std::size_t>(wanted_[index].member->size);
  }
  // False: the member is damaged, and so is the archive.
  bool unpack(std::size_t index, std::string& content);

 private:
  struct Wanted {
    const ZipMember* member;  // of directory_
    std::string name;         // made relative
  };

  explicit SoundZip(ZipDirectory directory) : directory_(std::move(directory)) {}
  bool choose(std::size_t bytes, const ArchiveLimits& limits,
              const std::function<bool(const std::string& name)>& wants);

  ZipDirectory directory_;
  std::vector<Wanted> wanted_;
  WholeInflate inflate_;
};

}  // namespace rappel::extractor
