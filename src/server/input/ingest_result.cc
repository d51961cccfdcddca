#include "server/input/ingest_result.h"

#include "server/http/json_writer.h"

namespace rappel {

std::string_view state_name(IngestResult::State state) {
  switch (state) {
    case IngestResult::State::kStored: return "stored";
    case IngestResult::State::kEmpty: return "empty";
    case IngestResult::State::kSkipped: return "skipped";
    case IngestResult::State::kFailed: break;
  }
  return "failed";
}

void write_result(JsonWriter& out, const IngestResult& result) {
  out.key("name").string(result.name).key("status").string(state_name(result.state));
  out.key("id");
  if (result.id.empty())
    out.null();
  else
    out.string(result.id);
  out.key("detail");
  if (result.detail.empty())
    out.null();
  else
    out.string(result.detail);
  out.key("warnings").begin_array();
  for (const std::string& warning : result.warnings) out.string(warning);
  out.end_array();
}

}  // namespace rappel
