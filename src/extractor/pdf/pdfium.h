// The adapter of PDFium: documents, pages as glyphs, outline, labels, attachments.
//
// PDFium is not thread-safe: one thread per process uses it. Everything that comes out is a copy.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "extractor/ocr/bitmap.h"
#include "extractor/page/glyph.h"
#include "extractor/page/headings.h"

namespace rappel::extractor {

// Opens PDFium, before a sandbox closes the file system; false if it is not installed. `path`: the library or
// its folder; "" searches (pdf/pdfium_library.h). The first call decides.
bool load_pdfium(const std::string& path = "");

}  // namespace rappel::extractor

namespace rappel::extractor::pdf {

struct EmbeddedFile {
  std::string name, bytes;
};

class Document {
 public:
  // `bytes` must outlive the document. Errors: kUnsupported (PDFium is not installed), kInvalidArgument (no
  // PDF, damaged, password protected).
  static Result<Document> open(std::string_view bytes, const std::string& password);
  Document(Document&& other) noexcept;
  Document& operator=(Document&&) = delete;
  ~Document();

  int pages() const;
  // Error: kCorrupt.
  Result<page::Page> page(int index) const;
  // In grey, at 300 pixels per inch or within ocr::kMostPixels. Error: kCorrupt.
  Result<ocr::Bitmap> picture(int index) const;  // page_picture.cc
  std::string page_label(int index) const;       // may be empty
  // "Title", "Author", "Subject", "Keywords", "CreationDate", "ModDate" of the document; "" if absent.
  std::string info(const char* name) const;
  std::string language() const;
  std::vector<page::OutlineEntry> outline() const;  // in order, at most 10 000
  int attachments() const;
  // Empty bytes if it cannot be read or is larger than `limit`.
  EmbeddedFile attachment(int index, std::size_t limit) const;

 private:
  explicit Document(void* handle) : handle_(handle) {}
  void* handle_;
};

}  // namespace rappel::extractor::pdf
