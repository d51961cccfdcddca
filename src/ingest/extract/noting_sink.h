// NotingSink: passes everything on to another sink, and notes the properties that decide about a second pass
// (passes.h).
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "ingest/content/content.h"
#include "ingest/content/read_request.h"

namespace rappel {

class NotingSink final : public ContentSink {
 public:
  explicit NotingSink(ContentSink& sink) : sink_(sink) {}

  Status part(Part part) override { return sink_.part(std::move(part)); }
  Status block(Block block) override { return sink_.block(std::move(block)); }
  Status property(std::string_view name, std::string value) override {
    if (name == kWantsLibrary) {
      wants_archive_library_ = wants_archive_library_ || value == kArchiveLibrary;
      return {};
    }
    if (name == "scanned_pages") scanned_ = true;
    if (name == "convert_to" && (value == "docx" || value == "xlsx" || value == "pptx")) convert_to_ = value;
    return sink_.property(name, std::move(value));
  }
  Status warning(std::string message) override { return sink_.warning(std::move(message)); }
  Status attachment(Attachment attachment) override { return sink_.attachment(std::move(attachment)); }

  bool wants_archive_library() const { return wants_archive_library_; }
  bool scanned() const { return scanned_; }
  const std::string& convert_to() const { return convert_to_; }  // "docx", "xlsx", "pptx"; empty: nothing

 private:
  ContentSink& sink_;
  bool wants_archive_library_ = false, scanned_ = false;
  std::string convert_to_;
};

}  // namespace rappel
