#include "extractor/office/epub.h"

#include <utility>

#include "extractor/office/epub_book.h"
#include "extractor/office/text.h"
#include "extractor/plain/encoding.h"
#include "extractor/web/html.h"
#include "extractor/web/xml_text.h"

namespace rappel::extractor {
namespace {

bool has_heading(std::string_view html) {
  for (std::size_t at = html.find("<h"); at != std::string_view::npos; at = html.find("<h", at + 2))
    if (at + 2 < html.size() && html[at + 2] >= '1' && html[at + 2] <= '6') return true;
  return false;
}

// A cover or title page, which is no chapter.
bool is_title_page(std::string_view html) {
  const std::size_t type = html.find("epub:type=\"titlepage\"");
  return type != std::string_view::npos || html.find("epub:type=\"cover\"") != std::string_view::npos;
}

// Begins the chapter with its first text, so that pages with nothing but a picture are none.
class ChapterSink final : public ContentSink {
 public:
  ChapterSink(ContentSink& sink, std::string title, bool has_heading)
      : sink_(sink), title_(std::move(title)), has_heading_(has_heading) {}

  Status part(Part part) override { return sink_.part(std::move(part)); }
  Status block(Block block) override {
    if (!begun_ && has_letter_or_digit(block.text)) {
      begun_ = true;
      RAPPEL_TRY(sink_.part({PartKind::kChapter, title_}));
      if (!has_heading_) RAPPEL_TRY(sink_.block({.kind = BlockKind::kHeading, .text = title_, .level = 1}));
    }
    return sink_.block(std::move(block));
  }
  Status property(std::string_view name, std::string value) override {
    return sink_.property(name, std::move(value));
  }
  Status warning(std::string message) override { return sink_.warning(std::move(message)); }
  Status attachment(Attachment attachment) override { return sink_.attachment(std::move(attachment)); }

 private:
  ContentSink& sink_;
  const std::string title_;
  const bool has_heading_;
  bool begun_ = false;
};

Status give_document(const EpubBook& book, const std::string& part, const std::string& bytes,
                     ContentSink& sink) {
  const std::string html = decode_text(bytes, declared_encoding(bytes)).text;
  const auto known = book.titles.find(lower_case(part));
  const std::string title = known == book.titles.end() ? "" : known->second;
  const HtmlOptions options{.main_text = false, .properties = false, .may_be_xml = true};
  if (is_title_page(html)) return give_html(html, options, sink);
  ChapterSink chapter(sink, title, has_heading(html));
  return give_html(html, options, chapter);
}

}  // namespace

Status read_epub(const Source& source, ContentSink& sink) {
  RAPPEL_ASSIGN(const Package package, Package::open(source.bytes, sink));
  RAPPEL_ASSIGN(const EpubBook book, read_epub_plan(package, sink));
  if (is_encrypted_book(package, book))
    return Status(Code::kInvalidArgument, "the book is encrypted (DRM); only a copy without it can be read");
  if (book.documents.empty())
    return Status(Code::kInvalidArgument, "the book has no text; it is damaged or no EPUB book");
  if (book.lost) RAPPEL_TRY(sink.warning("the plan of the book is lost; chapters are in the order of names"));
  for (const std::string& part : book.documents) {
    if (const std::string* bytes = package.find(part))
      RAPPEL_TRY(give_document(book, part, *bytes, sink));
    else
      RAPPEL_TRY(sink.warning("a chapter is missing in the file"));
  }
  return {};
}

}  // namespace rappel::extractor
