#include "retrieve/chunk_spill.h"

#include <cstring>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace rappel {
namespace {

// A chunk in the file: this, its text, the text of its place, its vector, its weights, the
// scales and the codes of its tokens.
struct Header {
  std::uint32_t begin = 0, end = 0;
  std::uint32_t text_bytes = 0, place_bytes = 0, floats = 0, weights = 0, tokens = 0, token_dimension = 0;
  std::optional<WordLanguage> language;
};

void append_bytes(std::string& to, const void* data, std::size_t size) {
  to.append(static_cast<const char*>(data), size);
}

template <class T>
void append_values(std::string& to, const std::vector<T>& values) {
  append_bytes(to, values.data(), values.size() * sizeof(T));
}

// Returns the end of the values.
template <class T>
const char* take_values(const char* at, std::size_t count, std::vector<T>& values) {
  values.resize(count);
  if (count > 0) std::memcpy(values.data(), at, count * sizeof(T));
  return at + count * sizeof(T);
}

std::string packed(const std::vector<NewChunk>& chunks) {
  std::size_t bytes = 0;
  for (const NewChunk& chunk : chunks) bytes += sizeof(Header) + bytes_of(chunk);
  std::string out;
  out.reserve(bytes);
  for (const NewChunk& chunk : chunks) {
    const std::string place = place_text_of(chunk.place);
    const Header header{chunk.begin,
                        chunk.end,
                        static_cast<std::uint32_t>(chunk.text.size()),
                        static_cast<std::uint32_t>(place.size()),
                        static_cast<std::uint32_t>(chunk.dense.size()),
                        static_cast<std::uint32_t>(chunk.sparse.size()),
                        static_cast<std::uint32_t>(chunk.colbert.scales.size()),
                        chunk.colbert.dimension,
                        chunk.language};
    append_bytes(out, &header, sizeof header);
    out += chunk.text;
    out += place;
    append_values(out, chunk.dense);
    append_values(out, chunk.sparse);
    append_values(out, chunk.colbert.scales);
    append_values(out, chunk.colbert.codes);
  }
  return out;
}

// Earlier chunks of a document, then those of one move.
class SpilledChunks final : public WaitingChunks {
 public:
  SpilledChunks(std::shared_ptr<const WaitingChunks> earlier, std::shared_ptr<const ScratchFile> file,
                std::uint64_t offset, std::size_t file_bytes, const std::vector<NewChunk>& chunks)
      : earlier_(std::move(earlier)),
        file_(std::move(file)),
        offset_(offset),
        file_bytes_(file_bytes),
        first_(earlier_ ? earlier_->size() : 0),
        size_(first_ + chunks.size()),
        bytes_(earlier_ ? earlier_->bytes() : 0) {
    for (const NewChunk& chunk : chunks) bytes_ += bytes_of(chunk);
  }

  std::size_t size() const override { return size_; }
  std::size_t bytes() const override { return bytes_; }

  Status visit(const ChunkVisitor& visit) const override {
    if (earlier_) RAPPEL_TRY(earlier_->visit(visit));
    std::string bytes(file_bytes_, '\0');
    RAPPEL_TRY(file_->read(offset_, std::as_writable_bytes(std::span(bytes))));
    const char* at = bytes.data();
    NewChunk chunk;
    for (std::size_t index = first_; index < size_; ++index) {
      RAPPEL_ASSIGN(at, unpack(at, chunk));
      RAPPEL_TRY(visit(index, chunk));
    }
    return {};
  }

 private:
  static Result<const char*> unpack(const char* at, NewChunk& chunk) {
    Header header;
    std::memcpy(&header, at, sizeof header);
    at += sizeof header;
    chunk.begin = header.begin;
    chunk.end = header.end;
    chunk.text.assign(at, header.text_bytes);
    at += header.text_bytes;
    RAPPEL_ASSIGN(chunk.place, parse_place({at, header.place_bytes}));
    at += header.place_bytes;
    chunk.language = header.language;
    at = take_values(at, header.floats, chunk.dense);
    at = take_values(at, header.weights, chunk.sparse);
    chunk.colbert.dimension = header.token_dimension;
    at = take_values(at, header.tokens, chunk.colbert.scales);
    return take_values(at, std::size_t{header.tokens} * header.token_dimension, chunk.colbert.codes);
  }

  const std::shared_ptr<const WaitingChunks> earlier_;  // null: none
  const std::shared_ptr<const ScratchFile> file_;
  const std::uint64_t offset_;
  const std::size_t file_bytes_;
  const std::size_t first_, size_;  // chunks of earlier_, and all
  std::size_t bytes_;
};

}  // namespace

Status ChunkSpill::move(NewDocument& document) {
  if (document.chunks.empty()) return {};
  if (!file_) {
    RAPPEL_ASSIGN(ScratchFile file, ScratchFile::open(folder_));
    file_ = std::make_shared<ScratchFile>(std::move(file));
  }
  const std::string bytes = packed(document.chunks);
  const std::uint64_t offset = file_->size();
  RAPPEL_TRY(file_->append(std::as_bytes(std::span(bytes))));
  document.waiting = std::make_shared<SpilledChunks>(std::move(document.waiting), file_, offset, bytes.size(),
                                                     document.chunks);
  document.chunks = {};
  return {};
}

}  // namespace rappel
