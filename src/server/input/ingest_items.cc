#include "server/input/ingest_items.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <utility>

#include "server/http/headers.h"
#include "server/http/multipart.h"

namespace rappel {
namespace {

using Outcome = IngestItem::Outcome;
using State = IngestResult::State;

constexpr std::size_t kBatchDocuments = 64;
constexpr std::size_t kMostBytes = std::size_t{1} << 40;  // of a file: bodies have their own bound

std::optional<std::size_t> index_of(const std::string& name) {
  std::size_t index = 0;
  const auto read = std::from_chars(name.data(), name.data() + name.size(), index);
  if (read.ec != std::errc() || read.ptr != name.data() + name.size()) return std::nullopt;
  return index;
}

bool will_pass(const Refusal& refusal) {
  const int status = status_of(refusal.reason);
  return status == 429 || status == 503 || status == 507;
}

}  // namespace

bool is_of_the_server(const Status& failure) {
  return failure.code() == Code::kUnavailable || failure.code() == Code::kResourceExhausted ||
         failure.code() == Code::kInternal;
}

ByteHold memory_of_file(const Request& request) {
  if (request.memory == nullptr) return ByteHold(nullptr, request.head.caller);
  const std::size_t most = request.memory->most_of_a_caller();
  const std::size_t body = request.file == nullptr ? request.body.size() : 0;
  return ByteHold(request.memory, request.head.caller, most - std::min(most, body));
}

RequestHead background_head(std::string path) {
  RequestHead head;
  head.method = Method::kPost;
  head.method_text = method_name(head.method);
  head.path = std::move(path);
  return head;
}

FoundFile sent_file(const FormFile& file, std::size_t index, ByteHold* memory) {
  auto sent = std::make_shared<SentFile>();
  sent->name = file.name;
  sent->media_type = media_type(file.content_type);
  header_parameter(file.content_type, "charset", sent->charset);
  sent->charset = lower_case(sent->charset);
  sent->metadata = file.metadata;
  sent->bytes = file.bytes;
  sent->body = file.file;
  sent->memory = memory;
  FoundFile found;
  found.name = std::to_string(index);
  found.bytes = file.bytes.size();
  found.named = true;
  found.sent = std::move(sent);
  return found;
}

IngestSettings sent_settings(const IngestOptions& asked, const ProtocolOptions& options,
                             const CallContext& call) {
  IngestSettings settings;
  settings.batch_documents = kBatchDocuments;
  settings.max_file_bytes = kMostBytes;
  settings.force = asked.force;
  settings.reading = options.reading;
  settings.extract_metadata = asked.extract_metadata;
  settings.screening = asked.screening;
  if (options.make_judge && (asked.extract_metadata || asked.screening != Screening::kOff))
    settings.judge = options.make_judge();
  settings.upserts = call;
  return settings;
}

std::chrono::seconds pause_after(const Refusal& refusal) {
  constexpr std::chrono::seconds kLongest{30};
  return std::clamp(std::chrono::seconds(refusal.retry_after_s), std::chrono::seconds(1), kLongest);
}

void IngestItems::finished(const IngestItem& item) {
  const auto index = index_of(item.name);
  if (!index) return gate_.warn(head_, item.reason);  // of the whole run
  IngestResult result{
      .state = State::kStored, .id = item.document_id, .warnings = item.warnings, .similar = item.similar};
  switch (item.outcome) {
    case Outcome::kStored:
    case Outcome::kMoved: break;
    case Outcome::kUnchanged: result.detail = "it was stored before, and has not changed"; break;
    case Outcome::kCopy: result.detail = "its content is stored already, and is not stored twice"; break;
    case Outcome::kRemoved: return;
    case Outcome::kSkipped: return skipped_item(*index, item, std::move(result));
    case Outcome::kFailed: return failed_item(*index, item, std::move(result));
  }
  done(*index, std::move(result), nullptr);
}

void IngestItems::skipped_item(std::size_t index, const IngestItem& item, IngestResult result) {
  if (item.kind == "same id") {
    if (item.document_id.empty()) return;  // it replaces an earlier one, and is reported when it is stored
    result.detail = "a later one of the same id has replaced it";
  } else if (item.kind == "personal data") {
    result.state = State::kSkipped;
    result.detail = "it has personal data, which is not to be stored";
  } else {
    result.state = State::kEmpty;
    result.detail = "it has no text, or too little";
  }
  if (result.state != State::kStored) result.id.clear();
  done(index, std::move(result), nullptr);
}

void IngestItems::failed_item(std::size_t index, const IngestItem& item, IngestResult result) {
  if (item.failure.code() == Code::kCancelled) return;
  Failure failure{item.failure, std::nullopt};
  if (!item.unread || is_of_the_server(item.failure)) failure.refusal = gate_.refuse(head_, item.failure);
  if (failure.refusal && will_pass(*failure.refusal)) return put_off(*failure.refusal);
  result.state = State::kFailed;
  result.id.clear();
  result.detail = item.unread ? item.failure.message() : failure.refusal->message;
  done(index, std::move(result), &failure);
}

}  // namespace rappel
