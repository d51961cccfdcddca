#include "retrieve/document_text.h"

#include <algorithm>
#include <utility>

#include "base/cancelled.h"
#include "base/utf8.h"
#include "retrieve/answer_meter.h"
#include "retrieve/sections.h"

namespace rappel {
namespace {

// The byte after so many characters.
std::size_t byte_after(const std::string& text, std::size_t characters) {
  std::size_t byte = 0;
  for (; byte < text.size() && characters > 0; --characters) byte += utf8_length(text[byte]);
  return std::min(byte, text.size());
}

// Reads the chunks of one document.
class Chunks {
 public:
  Chunks(StoreReader& reader, const std::string& id, std::uint32_t count, const RequestContext& context)
      : reader_(reader), id_(id), count_(count), context_(context) {}

  std::uint32_t count() const { return count_; }
  Result<Chunk> at(std::uint32_t index) {
    if (context_.cancel.stop_requested()) return request_cancelled();
    RAPPEL_ASSIGN(std::optional<Chunk> chunk, reader_.chunk_at(id_, index));
    // Replaced or removed since its summary was read.
    if (!chunk)
      return Status(Code::kUnavailable, "the document was changed while it was read: read it again");
    return *std::move(chunk);
  }
  // The last chunk that begins at or before `position`; the first one if none does.
  Result<Chunk> holding(std::size_t position) {
    RAPPEL_ASSIGN(Chunk found, at(0));
    for (std::uint32_t low = 1, high = count_; low < high;) {
      const std::uint32_t middle = low + (high - low) / 2;
      RAPPEL_ASSIGN(Chunk chunk, at(middle));
      if (chunk.begin > position) {
        high = middle;
      } else {
        found = std::move(chunk);
        low = middle + 1;
      }
    }
    return found;
  }

 private:
  StoreReader& reader_;
  const std::string& id_;
  const std::uint32_t count_;
  const RequestContext& context_;
};

// The text of neighboring chunks. The blanks between two of them depend on these two alone, so they are the
// same whatever part is read.
class Joined {
 public:
  explicit Joined(Chunk first) : text_(first.text), begin_(first.begin), last_(std::move(first)) {}

  const Chunk& last() const { return last_; }
  void append(Chunk next) {
    Section pair{last_, last_.index, last_.index};
    append_chunk(pair, next);
    text_.append(pair.chunk.text, last_.text.size());
    last_ = std::move(next);
  }
  // The characters of the part that lie here.
  void cut(const DocumentPart& part, DocumentText& out) const {
    const std::size_t begin = std::clamp<std::size_t>(part.begin, begin_, last_.end);
    const std::size_t end = std::min<std::size_t>(last_.end, begin + part.most_chars);
    out.text = text_.substr(byte_after(text_, begin - begin_));
    out.text.resize(byte_after(out.text, end - begin));
    out.range = {begin, end};
  }

 private:
  std::string text_;
  const std::size_t begin_;
  Chunk last_;
};

}  // namespace

Result<std::optional<DocumentText>> read_document(DocumentStore& store, const DocumentPart& asked,
                                                  const RequestContext& context) {
  DocumentPart part = asked;
  part.most_chars = std::min(part.most_chars, kMostPartChars);
  AnswerMeter meter(context.memory, "ask for less of the document at once");
  RAPPEL_ASSIGN(auto found, store.get({&part.id, 1}));
  if (found.empty() || found.front().chunk_count == 0) return std::optional<DocumentText>();
  DocumentText out{.document = std::move(found.front()), .text = {}, .range = {}};

  RAPPEL_ASSIGN(const auto reader, open_reader(store));
  Chunks chunks(*reader, part.id, static_cast<std::uint32_t>(out.document.chunk_count), context);
  RAPPEL_ASSIGN(const Chunk last, chunks.at(chunks.count() - 1));
  out.length = last.end;
  RAPPEL_ASSIGN(Chunk first, chunks.holding(part.begin));
  RAPPEL_TRY(meter.hold(first));
  Joined joined(std::move(first));
  while (joined.last().index + 1 < chunks.count() && joined.last().end < part.begin + part.most_chars) {
    RAPPEL_ASSIGN(Chunk next, chunks.at(joined.last().index + 1));
    RAPPEL_TRY(meter.hold(next));
    joined.append(std::move(next));
  }
  joined.cut(part, out);
  return std::optional(std::move(out));
}

}  // namespace rappel
