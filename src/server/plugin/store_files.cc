#include "server/plugin/store_files.h"

#include <algorithm>
#include <utility>

#include "server/http/json_writer.h"

namespace rappel {
namespace {

using State = IngestResult::State;

constexpr std::size_t kBatchText = std::size_t{4} << 20;
constexpr std::size_t kBatchDocuments = 64;

class Storing {
 public:
  Storing(const StoreDocuments& store, ByteHold& memory, StoredFiles& out)
      : store_(store), memory_(memory), out_(out) {}

  void add(std::size_t index, DocumentInput document) {
    text_ += document.text.size();
    waiting_.push_back(index);
    out_.results[index].id = document.id.value_or("");
    documents_.push_back(std::move(document));
    if (text_ >= kBatchText || documents_.size() >= kBatchDocuments) flush();
  }
  void flush() {
    if (waiting_.empty()) return;
    const auto answer = store_(std::exchange(documents_, {}), memory_);
    text_ = 0;
    memory_.release();
    if (const auto* refusal = std::get_if<Refusal>(&answer)) {
      refusal_ = *refusal;
      for (const std::size_t index : waiting_) fail(index, refusal->message);
    } else {
      const auto& ids = std::get<std::vector<std::string>>(answer);
      for (const std::size_t index : waiting_) settle(out_.results[index], ids);
    }
    waiting_.clear();
  }
  void fail(std::size_t index, const std::string& detail) {
    out_.results[index].state = State::kFailed;
    out_.results[index].detail = detail;
    out_.results[index].id.clear();
  }
  const std::optional<Refusal>& refusal() const { return refusal_; }

 private:
  static void settle(IngestResult& result, const std::vector<std::string>& ids) {
    const bool stored = std::find(ids.begin(), ids.end(), result.id) != ids.end();
    result.state = stored ? State::kStored : State::kEmpty;
    if (stored) return;
    result.id.clear();
    result.detail = "it has no text, or too little";
  }

  const StoreDocuments& store_;
  ByteHold& memory_;
  StoredFiles& out_;
  std::vector<DocumentInput> documents_;
  std::vector<std::size_t> waiting_;  // their indexes
  std::size_t text_ = 0;
  std::optional<Refusal> refusal_;
};

}  // namespace

StoredFiles store_files(const std::vector<FormFile>& files, const StoreDocuments& store,
                        const ReadCall& call) {
  StoredFiles out;
  for (const FormFile& file : files) out.results.push_back({file.name});
  Storing storing(store, *call.memory, out);
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (storing.refusal()) {
      storing.fail(i, storing.refusal()->message);
      continue;
    }
    auto read = read_file(files[i], call);
    if (read.ok()) {
      out.results[i].warnings = std::move((*read).warnings);
      storing.add(i, std::move((*read).document));
    } else {
      storing.fail(i, read.status().message());
    }
  }
  storing.flush();
  const bool none = std::none_of(out.results.begin(), out.results.end(),
                                 [](const IngestResult& one) { return one.state == State::kStored; });
  if (none) out.refusal = storing.refusal();
  return out;
}

Response stored_files_response(const StoredFiles& stored) {
  JsonWriter out;
  out.begin_object().key("ids").begin_array();
  for (const IngestResult& result : stored.results)
    if (result.state == State::kStored) out.string(result.id);
  out.end_array().key("files").begin_array();
  bool all = true;
  for (const IngestResult& result : stored.results) {
    all = all && result.state != State::kFailed;
    write_result(out.begin_object(), result);
    out.end_object();
  }
  out.end_array().end_object();
  return Response::json(out.take(), all ? 200 : 207);
}

}  // namespace rappel
