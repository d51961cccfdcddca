// ReadPages: takes pages of a mapped file out of this process's memory once they were read, in steps, because
// small parts have no whole page.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/os/file.h"
#include "ingest/extract/file_format.h"

namespace rappel {

class ReadPages {
 public:
  // `content`: of `file`. Both outlive the object.
  ReadPages(std::string_view content, const MappedFile& file) : content_(content), file_(file) {}

  // A part that was read. One that lies elsewhere, as that of a file in an archive does, is nothing.
  void add(std::string_view part) {
    if (part.data() < content_.data() || part.data() + part.size() > content_.data() + content_.size())
      return;
    const bool follows = pending_.data() + pending_.size() == part.data();
    pending_ = follows ? std::string_view(pending_.data(), pending_.size() + part.size()) : part;
    if (pending_.size() < kStep) return;
    file_.release(std::as_bytes(std::span(pending_)));
    pending_ = {};
  }

 private:
  static constexpr std::size_t kStep = std::size_t{1} << 20;
  const std::string_view content_;
  const MappedFile& file_;
  std::string_view pending_;
};

// If the call reads a mapped file, what was read of `content` leaves the memory. `pages` outlives the call.
inline void release_pages(std::string_view content, ReadCall& call, std::optional<ReadPages>& pages) {
  if (call.file == nullptr) return;
  pages.emplace(content, *call.file);
  call.passed = [&pages](std::string_view part) { pages->add(part); };
}

}  // namespace rappel
