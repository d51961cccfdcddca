#include "server/plugin/responses.h"

#include <memory>
#include <utility>

#include "server/http/json_pieces.h"
#include "server/http/json_writer.h"
#include "server/input/metadata.h"

namespace rappel {
namespace {

void write_chunk(JsonWriter& out, const ScoredChunk& result, bool source_id) {
  const Chunk& chunk = result.chunk;
  out.begin_object().key("id").string(chunk.id).key("text").string(chunk.text);
  out.key("metadata").begin_object();
  write_metadata(out, *chunk.metadata, &chunk.document_id);
  write_place(out, chunk);
  out.end_object();
  out.key("embedding").null().key("score").real(result.score);
  if (source_id) out.key("source_id").string(chunk.metadata->source_id.value_or(chunk.document_id));
  out.end_object();
}

void write_summary(JsonWriter& out, const DocumentSummary& document) {
  out.begin_object().key("document_id").string(document.id);
  out.key("chunk_count").integer(document.chunk_count).key("metadata").begin_object();
  write_metadata(out, document.metadata);
  out.end_object().key("sample_text").string(document.sample_text).end_object();
}

// The rest of an answer that is not written yet: one item a call, with the text before it.
class QueryRest {
 public:
  QueryRest(std::vector<QueryOutput> outputs, ByteHold memory, bool source_id)
      : outputs_(std::move(outputs)), memory_(std::move(memory)), source_id_(source_id) {}

  bool next(JsonWriter& out) {
    if (!begun_) out.begin_object().key("results").begin_array();
    begun_ = true;
    if (query_ == outputs_.size()) {
      if (!ended_) out.end_array().end_object();
      return !std::exchange(ended_, true);
    }
    const QueryOutput& output = outputs_[query_];
    if (result_ == 0) out.begin_object().key("query").string(output.query).key("results").begin_array();
    if (result_ < output.results.size()) {
      write_chunk(out, output.results[result_++], source_id_);
    } else {
      out.end_array().end_object();
      ++query_;
      result_ = 0;
    }
    return true;
  }

 private:
  const std::vector<QueryOutput> outputs_;
  const ByteHold memory_;
  const bool source_id_;
  std::size_t query_ = 0, result_ = 0;
  bool begun_ = false, ended_ = false;
};

// {"key":[items],..}: `write` writes an item, `finish` the members after the list.
template <class Item, class Write, class Finish>
class ItemsRest {
 public:
  ItemsRest(const char* key, std::vector<Item> items, ByteHold memory, Write write, Finish finish)
      : key_(key), items_(std::move(items)), memory_(std::move(memory)), write_(write), finish_(finish) {}

  bool next(JsonWriter& out) {
    if (next_ > items_.size()) return false;
    if (next_ == 0) out.begin_object().key(key_).begin_array();
    if (next_ < items_.size()) {
      write_(out, items_[next_]);
    } else {
      finish_(out.end_array());
      out.end_object();
    }
    ++next_;
    return true;
  }

 private:
  const char* key_;
  const std::vector<Item> items_;
  const ByteHold memory_;
  const Write write_;
  const Finish finish_;
  std::size_t next_ = 0;
};

// `rest` writes one item a call.
template <class Rest>
Response in_pieces(std::shared_ptr<Rest> rest) {
  return json_in_pieces([rest = std::move(rest)](JsonWriter& out) { return rest->next(out); });
}

template <class Item, class Write, class Finish>
Response items_in_pieces(const char* key, std::vector<Item> items, ByteHold memory, Write write,
                         Finish finish) {
  return in_pieces(std::make_shared<ItemsRest<Item, Write, Finish>>(key, std::move(items), std::move(memory),
                                                                    write, finish));
}

}  // namespace

Response upsert_response(std::vector<std::string> ids, ByteHold memory) {
  std::size_t bytes = 0;
  for (const std::string& id : ids) bytes += sizeof(std::string) + id.size();
  // The documents are stored: the caller is told so, whatever others hold.
  (void)memory.take(bytes);
  return items_in_pieces(
      "ids", std::move(ids), std::move(memory),
      [](JsonWriter& out, const std::string& id) { out.string(id); }, [](JsonWriter&) {});
}

Response delete_response(bool success) {
  return Response::json(JsonWriter().begin_object().key("success").boolean(success).end_object().take());
}

Response query_response(std::vector<QueryOutput> outputs, ByteHold memory, bool source_id) {
  return in_pieces(std::make_shared<QueryRest>(std::move(outputs), std::move(memory), source_id));
}

Response list_response(DocumentPage page, ByteHold memory) {
  return items_in_pieces("documents", std::move(page.documents), std::move(memory), write_summary,
                         [total = page.total](JsonWriter& out) { out.key("total").integer(total); });
}

}  // namespace rappel
