#include "server/plugin/responses.h"

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

}  // namespace

std::string upsert_response(const std::vector<std::string>& ids) {
  JsonWriter out;
  out.begin_object().key("ids").begin_array();
  for (const std::string& id : ids) out.string(id);
  return out.end_array().end_object().take();
}

std::string query_response(const std::vector<QueryOutput>& outputs) {
  JsonWriter out;
  out.begin_object().key("results").begin_array();
  for (const QueryOutput& output : outputs) {
    out.begin_object().key("query").string(output.query).key("results").begin_array();
    for (const ScoredChunk& result : output.results) write_chunk(out, result);
    out.end_array().end_object();
  }
  return out.end_array().end_object().take();
}

std::string delete_response(bool success) {
  return JsonWriter().begin_object().key("success").boolean(success).end_object().take();
}

std::string list_response(const DocumentPage& page) {
  JsonWriter out;
  out.begin_object().key("documents").begin_array();
  for (const DocumentSummary& document : page.documents) {
    out.begin_object()
        .key("document_id")
        .string(document.id)
        .key("chunk_count")
        .integer(document.chunk_count);
    out.key("metadata").begin_object();
    write_metadata(out, document.metadata);
    out.end_object().key("sample_text").string(document.sample_text).end_object();
  }
  return out.end_array().key("total").integer(page.total).end_object().take();
}

}  // namespace rappel
