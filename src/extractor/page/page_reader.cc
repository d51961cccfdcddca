#include "extractor/page/page_reader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "extractor/page/blocks.h"
#include "extractor/page/page_numbers.h"
#include "extractor/page/running_heads.h"
#include "extractor/page/upright.h"

namespace rappel::extractor::page {
namespace {

constexpr int kWindow = 32;  // pages that are looked at together for running heads and type sizes
constexpr std::size_t kWindowGlyphs = 500'000;
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
  Reader(PageSource& source, const std::vector<OutlineEntry>& outline, ContentSink& sink)
      : source_(source), sink_(sink), headings_(outline) {}

  Status read() {
    const int pages = source_.pages();
    Status status;
    for (int next = 0; next < pages && status.ok();) status = window(next, std::min(pages, next + kWindow));
    if (status.ok()) status = flush();
    RAPPEL_TRY(warnings());
    return status;
  }

 private:
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
    Result<Page> page = source_.page(index);
    if (!page.ok()) {
      damaged_.push_back(index + 1);
      return text;
    }
    text.notes = std::move(page->notes);
    clean(*page);
    characters_ += page->characters;
    unmapped_ += page->unmapped;
    if (page->cut) cut_.push_back(index + 1);
    text.trust_stream = !page->has_form_text;
    text.streams = upright(*page);
    for (const Stream& stream : text.streams)
      text.pieces.push_back(find_pieces(stream.glyphs, stream.uprights));
    return text;
  }

  void find_order(PageText& page, int index) {
    for (std::size_t i = 0; i < page.streams.size(); ++i) {
      const Stream& stream = page.streams[i];
      if (i == 0) heads_.remove(page.pieces[0], stream.glyphs, index + 1, source_.label(index));
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
    RAPPEL_TRY(sink_.part({.kind = PartKind::kPage, .name = source_.label(index)}));
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

  PageSource& source_;
  ContentSink& sink_;
  RunningHeads heads_;
  Headings headings_;
  Words words_;
  TableShape table_;                // at the end of the page before
  std::optional<OpenBlock> open_;   // the last of the page before
  std::vector<Block> notes_;        // of the page before
  std::vector<int> damaged_, cut_;  // page numbers from 1
  std::uint64_t characters_ = 0, unmapped_ = 0;
};

}  // namespace

Status read_pages(PageSource& source, const std::vector<OutlineEntry>& outline, ContentSink& sink) {
  return Reader(source, outline, sink).read();
}

}  // namespace rappel::extractor::page
