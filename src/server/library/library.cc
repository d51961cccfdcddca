#include "server/library/library.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "server/documents/assets.h"
#include "server/http/headers.h"
#include "server/http/json_pieces.h"
#include "server/http/json_writer.h"
#include "server/input/errors.h"
#include "server/input/ingest_options.h"
#include "server/input/metadata.h"

namespace rappel {
namespace {

constexpr FieldPath kQuery{nullptr, "query", 0};
constexpr std::int64_t kMostChunks = 1000;
constexpr std::int64_t kUsualChunks = 100;
constexpr std::int64_t kMostOffset = std::int64_t{1} << 31;

class Library : public Protocol {
 public:
  explicit Library(const ProtocolContext& context);

  std::string_view name() const override { return "library"; }
  std::span<const Route> routes() const override { return routes_; }
  Response refuse(const Refusal& refusal) const override { return plugin_refusal(refusal); }
  // The documents of the old local server speak of no token.
  std::string_view openapi() const override {
    return local_ ? std::string_view() : asset("library-api.json");
  }

 private:
  Response chunks(const Request& request) const;

  const CoreGate& gate_;
  const std::size_t max_answer_bytes_;
  const bool local_;
  std::vector<Route> routes_;
};

Library::Library(const ProtocolContext& context)
    : gate_(context.gate),
      max_answer_bytes_(context.options.max_answer_bytes),
      local_(context.options.local),
      routes_{{"/v1/chunks",
               {Method::kGet},
               Work::kQuick,
               Access::kToken,
               [this](const Request& request) { return chunks(request); },
               [this](const RequestHead& head) { return gate_.refuse_early(head); }}} {}

Response Library::chunks(const Request& request) const {
  FieldErrors errors;
  const ChunkRange range = read_chunk_range(request.head.query_string, errors);
  if (!errors.empty()) return validation_response(errors);
  ByteHold memory(request.memory, request.head.caller, max_answer_bytes_);
  auto document = gate_.core(request.head).chunks(range, {request.call(), &memory});
  if (!document.ok()) return plugin_refusal(gate_.refuse(request.head, document.status()));
  if (!*document) return Response::detail(404, "No document of this id is stored");
  return chunks_response(**std::move(document), std::move(memory));
}

// "a+b%20c" -> "a b c".
std::string form_decoded(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return percent_decoded(spaced);
}

std::size_t read_count(std::string_view query, std::string_view name, std::int64_t least, std::int64_t most,
                       std::int64_t usual, FieldErrors& errors) {
  const auto text = query_member(query, name);
  const JsonValue value{std::string(text.value_or(""))};
  const auto read = text ? read_bounded(value, least, most, kQuery.member(name), errors) : usual;
  return static_cast<std::size_t>(read.value_or(usual));
}

// One chunk a call, with the members before them or after.
class ChunksRest {
 public:
  ChunksRest(DocumentChunks document, ByteHold memory)
      : summary_(std::move(document.document)),
        chunks_(std::move(document.chunks)),
        memory_(std::move(memory)) {}

  bool next(JsonWriter& out) {
    if (next_ > chunks_.size()) return false;
    if (next_ == 0) begin(out);
    if (next_ < chunks_.size())
      write(out, chunks_[next_]);
    else
      out.end_array().end_object();
    ++next_;
    return true;
  }

 private:
  void begin(JsonWriter& out) const {
    out.begin_object().key("document_id").string(summary_.id);
    out.key("chunk_count").integer(summary_.chunk_count).key("metadata").begin_object();
    write_metadata(out, summary_.metadata);
    out.end_object().key("chunks").begin_array();
  }
  static void write(JsonWriter& out, const Chunk& chunk) {
    out.begin_object().key("id").string(chunk.id).key("text").string(chunk.text);
    out.key("begin").integer(chunk.begin).key("end").integer(chunk.end).key("place").begin_object();
    write_place(out, chunk);
    out.end_object().end_object();
  }

  const DocumentSummary summary_;
  const std::vector<Chunk> chunks_;
  const ByteHold memory_;
  std::size_t next_ = 0;
};

}  // namespace

ChunkRange read_chunk_range(std::string_view query_string, FieldErrors& errors) {
  ChunkRange range;
  const auto id = query_member(query_string, "document_id");
  if (id)
    range.document_id = form_decoded(*id);
  else
    errors.add_missing(kQuery.member("document_id"));
  range.offset = read_count(query_string, "offset", 0, kMostOffset, 0, errors);
  range.limit = read_count(query_string, "limit", 1, kMostChunks, kUsualChunks, errors);
  return range;
}

Response chunks_response(DocumentChunks document, ByteHold memory) {
  return json_in_pieces([rest = std::make_shared<ChunksRest>(std::move(document), std::move(memory))](
                            JsonWriter& out) { return rest->next(out); });
}

std::unique_ptr<Protocol> library_protocol(const ProtocolContext& context) {
  return std::make_unique<Library>(context);
}

}  // namespace rappel
