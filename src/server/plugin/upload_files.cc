#include "server/plugin/upload_files.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <set>
#include <stop_token>
#include <string_view>
#include <utility>

#include "server/http/json_writer.h"
#include "server/input/errors.h"
#include "server/input/ingest_items.h"
#include "server/input/ingest_result.h"
#include "server/plugin/responses.h"

namespace rappel {
namespace {

using State = IngestResult::State;

class UploadItems : public IngestItems {
 public:
  UploadItems(const Request& request, const std::vector<FormFile>& files, const CoreGate& gate)
      : IngestItems(gate, request.head),
        gate_(gate),
        request_(request),
        outcomes_(files.size()),
        on_abandoned_(request.abandoned, [this] { stop_.request_stop(); }) {
    for (std::size_t i = 0; i < files.size(); ++i) {
      outcomes_[i].result.name = files[i].name;
      memory_.push_back(memory_of_file(request));
      found_.texts.push_back(sent_file(files[i], i, &memory_.back()));
    }
  }

  Status run(const IngestSettings& settings) {
    return gate_.core(request_.head).ingest(found_, settings, *this, stop_.get_token());
  }
  Response response() {
    if (refusal_ && std::none_of(outcomes_.begin(), outcomes_.end(), is_stored))
      return plugin_refusal(*refusal_);
    return outcomes_.size() == 1 ? response_for_one(outcomes_.front()) : response_for_all();
  }

 private:
  struct Outcome {
    IngestResult result;
    bool is_done = false;
    std::optional<Failure> failure = {};
  };
  static bool is_stored(const Outcome& outcome) {
    return outcome.is_done && outcome.result.state == State::kStored;
  }

  void done(std::size_t index, IngestResult result, const Failure* failure) override {
    memory_[index].release();
    Outcome& outcome = outcomes_[index];
    result.name = std::move(outcome.result.name);
    for (std::string& warning : result.warnings) {
      warning = (result.name.empty() ? "the file" : result.name) + ": " + warning;
      if (outcomes_.size() == 1) gate_.warn(request_.head, warning);  // no member of the response has it
    }
    outcome = {std::move(result), true, {}};
    if (failure != nullptr) outcome.failure = *failure;
  }
  void put_off(const Refusal& refusal) override {
    refusal_ = refusal;
    stop_.request_stop();
  }

  Response response_for_one(const Outcome& outcome) const {
    if (!outcome.is_done) return plugin_refusal(given_up_refusal());
    if (outcome.failure)
      return outcome.failure->refusal ? plugin_refusal(*outcome.failure->refusal)
                                      : reading_refusal(outcome.failure->status);
    std::vector<std::string> ids;
    if (outcome.result.state == State::kStored) ids.push_back(outcome.result.id);
    return upsert_response(std::move(ids), ByteHold(request_.memory, request_.head.caller));
  }

  Response response_for_all() {
    for (Outcome& outcome : outcomes_)
      if (!outcome.is_done) {
        outcome.result.state = State::kFailed;
        outcome.result.detail = (refusal_ ? *refusal_ : given_up_refusal()).message;
      }
    JsonWriter out;
    out.begin_object().key("ids").begin_array();
    std::set<std::string_view> ids;  // files of the same content have one
    for (const Outcome& outcome : outcomes_)
      if (outcome.result.state == State::kStored && ids.insert(outcome.result.id).second)
        out.string(outcome.result.id);
    out.end_array().key("files").begin_array();
    bool all = true;
    for (const Outcome& outcome : outcomes_) {
      all = all && outcome.result.state != State::kFailed;
      write_result(out.begin_object(), outcome.result);
      out.end_object();
    }
    return Response::json(out.end_array().end_object().take(), all ? 200 : 207);
  }

  const CoreGate& gate_;
  const Request& request_;
  std::vector<Outcome> outcomes_;
  std::deque<ByteHold> memory_;
  FoundFiles found_;
  std::optional<Refusal> refusal_;
  std::stop_source stop_;
  const std::stop_callback<std::function<void()>> on_abandoned_;
};

}  // namespace

Response upload_files(const Request& request, const std::vector<FormFile>& files, const CoreGate& gate,
                      const IngestOptions& asked, const ProtocolOptions& options) {
  IngestSettings settings = sent_settings(asked, options, request.call());
  settings.find_similar = false;  // takes time, and one file has no member for it
  UploadItems items(request, files, gate);
  const Status begun = items.run(settings);
  return begun.ok() ? items.response() : plugin_refusal(gate.refuse(request.head, begun));
}

}  // namespace rappel
