#include "retrieve/ingest_batches.h"

#include <algorithm>
#include <utility>

namespace rappel {
namespace {

constexpr std::size_t kUnderWay = 2;

// A document that is alone is never tried again, so its text, which may be large, is not kept.
std::vector<DocumentInput> inputs_of(std::vector<PendingDocument>& batch) {
  std::vector<DocumentInput> inputs;
  inputs.reserve(batch.size());
  for (PendingDocument& pending : batch) {
    std::string alone = batch.size() == 1 ? std::exchange(pending.document.text, {}) : std::string();
    inputs.push_back(pending.document);
    if (batch.size() == 1) inputs.back().text = std::move(alone);
  }
  return inputs;
}

// A store that is locked or full, or a call that was given up, fails every document.
bool may_be_of_one(const Status& failure) {
  return failure.code() != Code::kUnavailable && failure.code() != Code::kCancelled;
}

bool is_blank(const std::string& text) { return text.find_first_not_of(" \t\r\n\f\v") == std::string::npos; }

}  // namespace

IngestBatches::~IngestBatches() {
  for (const Batch& batch : under_way_) batch.stored.wait();
}

void IngestBatches::add(PendingDocument pending) {
  const std::size_t bytes = pending.document.text.size();
  pending.blank = is_blank(pending.document.text);
  if (pending_bytes_ + bytes > limits_.bytes) send();
  pending_bytes_ += bytes;
  pending_.push_back(std::move(pending));
  if (pending_.size() >= limits_.documents || pending_bytes_ >= limits_.bytes) send();
}

std::optional<PendingDocument> IngestBatches::replace(const std::string& id) {
  std::optional<PendingDocument> dropped;
  const auto same = [&](const PendingDocument& other) { return other.document.id == id; };
  if (const auto earlier = std::find_if(pending_.begin(), pending_.end(), same); earlier != pending_.end()) {
    pending_bytes_ -= earlier->document.text.size();
    dropped = std::move(*earlier);
    pending_.erase(earlier);
  }
  while (!under_way_.empty()) settle_first();
  return dropped;
}

void IngestBatches::finish() {
  send();
  while (!under_way_.empty()) settle_first();
}

void IngestBatches::send() {
  if (pending_.empty()) return;
  while (under_way_.size() >= kUnderWay) settle_first();
  Batch batch{std::exchange(pending_, {}), {}};
  pending_bytes_ = 0;
  if (limits_.dry_run) {
    for (const PendingDocument& pending : batch.documents) settle_(pending, {}, !pending.blank);
    return advance_();
  }
  batch.stored = std::async(std::launch::async, [this, inputs = inputs_of(batch.documents)]() mutable {
    return retrieval_.upsert(std::move(inputs), limits_.call);
  });
  under_way_.push_back(std::move(batch));
}

void IngestBatches::settle_first() {
  Batch batch = std::move(under_way_.front());
  under_way_.pop_front();
  const Result<std::vector<std::string>> ids = batch.stored.get();
  for (const PendingDocument& pending : batch.documents) {
    if (ids.ok() || batch.documents.size() == 1 || !may_be_of_one(ids.status()))
      settle(pending, ids);
    else
      settle(pending, retrieval_.upsert({pending.document}, limits_.call));
  }
  advance_();
}

// `ids`: what the store took of the call that `pending` was part of.
void IngestBatches::settle(const PendingDocument& pending, const Result<std::vector<std::string>>& ids) {
  const bool stored =
      ids.ok() && std::find((*ids).begin(), (*ids).end(), *pending.document.id) != (*ids).end();
  settle_(pending, ids.status(), stored);
}

}  // namespace rappel
