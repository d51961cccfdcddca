#include "extractor/pdf/read_pdf.h"

#include <optional>
#include <utility>

#include "extractor/ocr/page_ocr.h"
#include "extractor/pdf/pdf_pages.h"
#include "extractor/pdf/pdfium.h"
#include "extractor/pdf/values.h"

namespace rappel::extractor {
namespace pdf {
namespace {

constexpr std::size_t kMaxAttachment = std::size_t{64} << 20;

Status tell_properties(const Document& document, ContentSink& sink) {
  constexpr std::pair<const char*, const char*> kTexts[] = {
      {"title", "Title"}, {"author", "Author"}, {"subject", "Subject"}};
  constexpr std::pair<const char*, const char*> kDates[] = {{"created_at", "CreationDate"},
                                                            {"modified_at", "ModDate"}};
  for (const auto& [name, key] : kTexts) RAPPEL_TRY(sink.property(name, document.info(key)));
  for (const auto& [name, key] : kDates) RAPPEL_TRY(sink.property(name, rfc3339_of(document.info(key))));
  RAPPEL_TRY(sink.property("language", document.language()));
  return sink.property("pages", std::to_string(document.pages()));
}

Status tell_attachments(const Document& document, ContentSink& sink) {
  for (int i = 0; i < document.attachments(); ++i) {
    EmbeddedFile file = document.attachment(i, kMaxAttachment);
    if (file.bytes.empty()) continue;
    RAPPEL_TRY(
        sink.attachment({.name = std::move(file.name), .media_type = "", .bytes = std::move(file.bytes)}));
  }
  return {};
}

Status read_document(const Document& document, const Source& source, ContentSink& sink) {
  RAPPEL_TRY(tell_properties(document, sink));
  std::optional<ocr::PageOcr> ocr;
  if (source.ocr != nullptr) ocr.emplace(*source.ocr);
  PdfPages pages(document, ocr ? &*ocr : nullptr);
  Status status = page::read_pages(pages, document.outline(), sink);
  RAPPEL_TRY(pages.tell(sink));
  RAPPEL_TRY(std::move(status));
  return tell_attachments(document, sink);
}

}  // namespace
}  // namespace pdf

Status read_pdf(const Source& source, ContentSink& sink) {
  constexpr std::string_view kHeader = "%PDF-";
  Result<pdf::Document> document = pdf::Document::open(source.bytes, source.password);
  if (document.ok()) return pdf::read_document(*document, source, sink);
  // PDFium refuses files without a header, which others read.
  if (document.status().code() != Code::kInvalidArgument ||
      source.bytes.substr(0, 1024).find(kHeader) != std::string_view::npos)
    return document.status();
  const std::string with_header = "%PDF-1.7\n" + std::string(source.bytes);
  Result<pdf::Document> second = pdf::Document::open(with_header, source.password);
  if (!second.ok()) return second.status();
  return pdf::read_document(*second, source, sink);
}

}  // namespace rappel::extractor
