#include "server/open_webui/process.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>

#include "base/utf8.h"
#include "ingest/extract/extract.h"
#include "ingest/extract/properties.h"
#include "ingest/source/printable_name.h"
#include "ingest/source/read_pages.h"
#include "server/http/body.h"
#include "server/http/json_writer.h"
#include "server/input/errors.h"
#include "server/input/ingest_items.h"
#include "server/input/metadata.h"
#include "server/input/upload.h"

namespace rappel {
namespace {

constexpr std::size_t kMostName = 1024;  // bytes

FileHint hint_of(const Request& request) {
  const std::string_view type = request.head.header("content-type");
  FileHint hint;
  hint.name = printable_name(percent_decoded(request.head.header("x-filename")));
  hint.name.resize(utf8_valid_prefix(std::string_view(hint.name).substr(0, kMostName)));
  hint.media_type = media_type(type);
  header_parameter(type, "charset", hint.charset);
  hint.charset = lower_case(hint.charset);
  return hint;
}

Result<ExtractedDocument> read(const Request& request, const FileHint& hint, ByteHold& memory,
                               const ReadOptions& options) {
  ReadCall call{.cancel = request.abandoned, .memory = &memory, .options = options};
  if (request.file != nullptr) call.file = &request.file->file();
  std::optional<ReadPages> pages;
  release_pages(request.body, call, pages);
  auto extracted = extract(request.body, hint, call);
  if (request.file != nullptr && !request.file->check().ok())
    return Status(Code::kCorrupt, "the server cannot read the file any more; send it again");
  return extracted;
}

void write_metadata(JsonWriter& out, const FileHint& hint, const ExtractedDocument& read) {
  out.begin_object();
  if (!hint.name.empty()) out.key("filename").string(hint.name);
  out.key("media_type").string(read.media_type);
  Metadata metadata;
  add_properties(read.properties, metadata);
  metadata.created_at = date_of(read.properties);
  if (metadata.author) out.key("author").string(*metadata.author);
  if (metadata.created_at) out.key("created_at").string(metadata.created_at->text);
  for (const auto& [key, value] : metadata.custom)
    if (const auto* text = std::get_if<std::string>(&value)) out.key(key).string(*text);
  std::string warnings;
  for (const std::string& warning : read.warnings) warnings += (warnings.empty() ? "" : "; ") + warning;
  if (!warnings.empty()) out.key("warnings").string(warnings);
  out.end_object();
}

}  // namespace

Response process_file(const Request& request, const CoreGate& gate, const ProtocolOptions& options) {
  if (request.body.empty())
    return Response::detail(422, "The body is empty; send the bytes of the file as the body of the request");
  const FileHint hint = hint_of(request);
  ByteHold memory = memory_of_file(request);
  const auto extracted = read(request, hint, memory, options.reading);
  if (!extracted.ok())
    return is_of_the_server(extracted.status())
               ? plugin_refusal(gate.refuse(request.head, extracted.status()))
               : reading_refusal(extracted.status());
  const ExtractedDocument& document = *extracted;
  if (document.text.size() > options.max_answer_bytes)
    return Response::detail(413,
                            fmt::format("The text of the file is larger than {} MB; send parts of the file",
                                        options.max_answer_bytes >> 20));
  if (memory.take(2 * document.text.size()) != ByteHold::Room::kTaken)
    return plugin_refusal(no_room_refusal(kRetrySeconds));
  JsonWriter out;
  out.begin_object().key("page_content").string(document.text);
  write_metadata(out.key("metadata"), hint, document);
  return Response::json(out.end_object().take());
}

}  // namespace rappel
