#include "extractor/pdf/read_pdf.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "extractor/pdf/blocks.h"
#include "extractor/pdf/pdfium.h"
#include "extractor/pdf/running_heads.h"
#include "extractor/pdf/upright.h"
#include "extractor/pdf/values.h"

namespace rappel::extractor {
namespace pdf {
namespace {

constexpr int kWindow = 32;  // pages that are looked at together for running heads and type sizes
constexpr std::size_t kWindowGlyphs = 500'000;
constexpr std::size_t kMaxAttachment = std::size_t{64} << 20;
constexpr std::uint32_t kUnmappedPercent = 20, kFewestCharacters = 50;

// A page whose pieces are known, before its order is.
struct PageText {
  std::vector<Stream> streams;             // the page's own direction first
  std::vector<std::vector<Piece>> pieces;  // of each stream
  std::vector<Region> regions;
  std::vector<std::string> notes;
  bool trust_stream = true;
};

// Without line ends at its ends, and with line feeds alone.
std::string trimmed(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\r' ? '\n' : c;
  const std::size_t first = out.find_first_not_of(" \n\t"), last = out.find_last_not_of(" \n\t");
  return first == out.npos ? "" : out.substr(first, last - first + 1);
}

class Reader {
 public:
  Reader(const Document& document, ContentSink& sink)
      : document_(document), sink_(sink), headings_(document.outline()) {}

  Status read() {
    RAPPEL_TRY(properties());
    const int pages = document_.pages();
    Status status;
    for (int next = 0; next < pages && status.ok();) status = window(next, std::min(pages, next + kWindow));
    if (status.ok()) status = flush();
    RAPPEL_TRY(warnings());
    RAPPEL_TRY(std::move(status));
    return attachments();
  }

 private:
  Status properties() {
    constexpr std::pair<const char*, const char*> kTexts[] = {
        {"title", "Title"}, {"author", "Author"}, {"subject", "Subject"}};
    constexpr std::pair<const char*, const char*> kDates[] = {{"created_at", "CreationDate"},
                                                              {"modified_at", "ModDate"}};
    for (const auto& [name, key] : kTexts) RAPPEL_TRY(sink_.property(name, document_.info(key)));
    for (const auto& [name, key] : kDates) RAPPEL_TRY(sink_.property(name, rfc3339_of(document_.info(key))));
    RAPPEL_TRY(sink_.property("language", document_.language()));
    return sink_.property("pages", std::to_string(document_.pages()));
  }

  // Pages [next, end), or fewer where they are large; sets `next` to the one after them.
  Status window(int& next, int end) {
    const int first = next;
    std::vector<PageText> pages;
    for (std::size_t glyphs = 0; next < end && glyphs < kWindowGlyphs; ++next) {
      pages.push_back(page_text(next));
      for (const Stream& stream : pages.back().streams) glyphs += stream.glyphs.size();
    }
    for (const PageText& page : pages)
      if (!page.pieces.empty()) heads_.note(page.pieces[0], page.streams[0].glyphs);
    for (std::size_t i = 0; i < pages.size(); ++i) find_order(pages[i], first + static_cast<int>(i));
    for (std::size_t i = 0; i < pages.size(); ++i) RAPPEL_TRY(emit(pages[i], first + static_cast<int>(i)));
    return {};
  }

  PageText page_text(int index) {
    PageText text;
    Result<Page> page = document_.page(index);
    if (!page.ok()) {
      damaged_.push_back(index + 1);
      return text;
    }
    text.notes = std::move(page->notes);
    clean(*page);
    characters_ += page->characters;
    unmapped_ += page->unmapped;
    if (page->cut) cut_.push_back(index + 1);
    if (page->glyphs.empty() && page->has_objects) without_text_.push_back(index + 1);
    text.trust_stream = !page->has_form_text;
    text.streams = upright(*page);
    for (const Stream& stream : text.streams)
      text.pieces.push_back(find_pieces(stream.glyphs, stream.uprights));
    return text;
  }

  void find_order(PageText& page, int index) {
    for (std::size_t i = 0; i < page.streams.size(); ++i) {
      const Stream& stream = page.streams[i];
      if (i == 0) heads_.remove(page.pieces[0], stream.glyphs, index + 1, document_.page_label(index));
      const LayoutHints hints{page.trust_stream, i == 0 ? &table_ : nullptr};
      std::vector<Region> regions =
          find_regions(std::move(page.pieces[i]), stream.glyphs, {stream.rules, stream.uprights}, hints);
      if (i == 0) table_ = regions.empty() ? TableShape() : regions.back().shape;
      for (Region& region : regions) page.regions.push_back(std::move(region));
    }
    page.streams.clear();
    for (const Region& region : page.regions)
      for (const Line& line : region.lines) {
        headings_.note(line);
        words_.note(line.text);
      }
  }

  // The last block of a page waits for its rest on the next one.
  Status emit(const PageText& page, int index) {
    auto [blocks, notes] = find_blocks(page.regions, index, headings_, words_);
    std::size_t first = 0;
    if (open_.has_value() && !blocks.empty() && goes_on(*open_, blocks[0])) {
      append_block(*open_, blocks[0], words_);
      first = 1;
    }
    RAPPEL_TRY(flush());
    RAPPEL_TRY(sink_.part({.kind = PartKind::kPage, .name = document_.page_label(index)}));
    for (std::size_t i = first; i < blocks.size(); ++i) {
      if (i + 1 == blocks.size()) {
        open_ = std::move(blocks[i]);
      } else {
        RAPPEL_TRY(sink_.block(finished(blocks[i])));
      }
    }
    notes_.clear();
    for (const OpenBlock& note : notes) notes_.push_back(finished(note));
    for (const std::string& note : page.notes)
      notes_.push_back({.kind = BlockKind::kNote, .text = trimmed(note)});
    return {};
  }

  Status flush() {
    const std::optional<OpenBlock> block = std::exchange(open_, std::nullopt);
    if (block.has_value()) RAPPEL_TRY(sink_.block(finished(*block)));
    for (Block& note : std::exchange(notes_, {})) RAPPEL_TRY(sink_.block(std::move(note)));
    return {};
  }

  Status warnings() {
    const auto on_pages = [](const std::vector<int>& pages) {
      return (pages.size() == 1 ? "page " : "pages ") + ranges_of(pages);
    };
    if (!without_text_.empty())
      RAPPEL_TRY(sink_.warning("no text layer on " + on_pages(without_text_) +
                               "; to get the text of scanned pages, run OCR on the file first"));
    if (!damaged_.empty()) RAPPEL_TRY(sink_.warning("damaged and left out: " + on_pages(damaged_)));
    if (!cut_.empty())
      RAPPEL_TRY(
          sink_.warning("only the first 400000 characters are read of each page, cut: " + on_pages(cut_)));
    if (characters_ >= kFewestCharacters && unmapped_ * 100 > characters_ * kUnmappedPercent)
      RAPPEL_TRY(sink_.warning("the fonts do not say which characters " +
                               std::to_string(unmapped_ * 100 / characters_) +
                               " % of the text are; where it is unreadable, run OCR on the file first"));
    return {};
  }

  Status attachments() {
    for (int i = 0; i < document_.attachments(); ++i) {
      EmbeddedFile file = document_.attachment(i, kMaxAttachment);
      if (file.bytes.empty()) continue;
      RAPPEL_TRY(
          sink_.attachment({.name = std::move(file.name), .media_type = "", .bytes = std::move(file.bytes)}));
    }
    return {};
  }

  const Document& document_;
  ContentSink& sink_;
  RunningHeads heads_;
  Headings headings_;
  Words words_;
  TableShape table_;                               // at the end of the page before
  std::optional<OpenBlock> open_;                  // the last of the page before
  std::vector<Block> notes_;                       // of the page before
  std::vector<int> without_text_, damaged_, cut_;  // page numbers from 1
  std::uint64_t characters_ = 0, unmapped_ = 0;
};

}  // namespace
}  // namespace pdf

Status read_pdf(const Source& source, ContentSink& sink) {
  constexpr std::string_view kHeader = "%PDF-";
  Result<pdf::Document> document = pdf::Document::open(source.bytes, source.password);
  if (document.ok()) return pdf::Reader(*document, sink).read();
  // PDFium refuses files without a header, which others read.
  if (document.status().code() != Code::kInvalidArgument ||
      source.bytes.substr(0, 1024).find(kHeader) != std::string_view::npos)
    return document.status();
  const std::string with_header = "%PDF-1.7\n" + std::string(source.bytes);
  Result<pdf::Document> second = pdf::Document::open(with_header, source.password);
  if (!second.ok()) return second.status();
  return pdf::Reader(*second, sink).read();
}

}  // namespace rappel::extractor
