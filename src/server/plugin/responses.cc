#include "server/plugin/responses.h"

#include <memory>
#include <utility>

#include "server/http/json_pieces.h"
#include "server/http/json_writer.h"
#include "server/plugin/metadata.h"

namespace rappel {
namespace {

void write_chunk(JsonWriter& out, const ScoredChunk& result) {
  const Chunk& chunk = result.chunk;
  out.begin_object().key("id").string(chunk.id).key("text").string(chunk.text);
  out.key("metadata").begin_object();
  write_metadata(out, *chunk.metadata, &chunk.document_id);
  out.end_object();
  out.key("embedding").null().key("score").real(result.score).end_object();
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
  QueryRest(std::vector<QueryOutput> outputs, ByteHold memory)
      : outputs_(std::move(outputs)), memory_(std::move(memory)) {}

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
      write_chunk(out, output.results[result_++]);
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
  std::size_t query_ = 0, result_ = 0;
  bool begun_ = false, ended_ = false;
};

class ListRest {
 public:
  ListRest(DocumentPage page, ByteHold memory) : page_(std::move(page)), memory_(std::move(memory)) {}

  bool next(JsonWriter& out) {
    if (document_ > page_.documents.size()) return false;
    if (document_ == 0) out.begin_object().key("documents").begin_array();
    if (document_ < page_.documents.size())
      write_summary(out, page_.documents[document_]);
    else
      out.end_array().key("total").integer(page_.total).end_object();
    ++document_;
    return true;
  }

 private:
  const DocumentPage page_;
  const ByteHold memory_;
  std::size_t document_ = 0;  // the next
};

class IdsRest {
 public:
  IdsRest(std::vector<std::string> ids, ByteHold memory) : ids_(std::move(ids)), memory_(std::move(memory)) {}

  bool next(JsonWriter& out) {
    if (id_ > ids_.size()) return false;
    if (id_ == 0) out.begin_object().key("ids").begin_array();
    if (id_ < ids_.size())
      out.string(ids_[id_]);
    else
      out.end_array().end_object();
    ++id_;
    return true;
  }

 private:
  const std::vector<std::string> ids_;
  const ByteHold memory_;
  std::size_t id_ = 0;  // the next
};

// `Rest` writes one item a call.
template <class Rest, class Results>
Response in_pieces(Results results, ByteHold memory) {
  auto rest = std::make_shared<Rest>(std::move(results), std::move(memory));
  return json_in_pieces([rest](JsonWriter& out) { return rest->next(out); });
}

}  // namespace

Response upsert_response(std::vector<std::string> ids, ByteHold memory) {
  std::size_t bytes = 0;
  for (const std::string& id : ids) bytes += sizeof(std::string) + id.size();
  // The documents are stored: the caller is told so, whatever others hold.
  (void)memory.take(bytes);
  return in_pieces<IdsRest>(std::move(ids), std::move(memory));
}

Response delete_response(bool success) {
  return Response::json(JsonWriter().begin_object().key("success").boolean(success).end_object().take());
}

Response query_response(std::vector<QueryOutput> outputs, ByteHold memory) {
  return in_pieces<QueryRest>(std::move(outputs), std::move(memory));
}

Response list_response(DocumentPage page, ByteHold memory) {
  return in_pieces<ListRest>(std::move(page), std::move(memory));
}

}  // namespace rappel
