#include "retrieve/origin_changes.h"

#include <utility>

#include "retrieve/file_sources.h"

namespace rappel {
namespace {

constexpr std::size_t kAtOnce = 256;

}  // namespace

void OriginChanges::add(OriginChange change, Done done) {
  if (dry_run_) return done({});
  flush_if(change.id);
  ids_.insert(change.id);
  waiting_.push_back({std::move(change), {std::move(done)}});
  if (waiting_.size() >= kAtOnce) flush();
}

void OriginChanges::join(const std::string& id, FileOrigin origin, Done done) {
  if (dry_run_) return done({});
  Joining& joining = joins_[id];
  joining.origins.push_back(std::move(origin));
  joining.done.push_back(std::move(done));
  if (++joining_ >= kAtOnce) flush();
}

void OriginChanges::flush_if(const std::string& id) {
  if (ids_.contains(id) || joins_.contains(id)) flush();
}

void OriginChanges::begin_joins() {
  joining_ = 0;
  for (auto& [id, joining] : std::exchange(joins_, {})) {
    auto change = change_sources(retrieval_, id, {}, joining.origins);
    if (change.ok())
      waiting_.push_back({std::move(**change), std::move(joining.done)});
    else
      for (const Done& done : joining.done) done(change.status());
  }
}

void OriginChanges::flush() {
  // The changes of a document that wait come before the files that join it.
  for (const bool joins : {false, true}) {
    if (joins) begin_joins();
    const std::vector<Waiting> waiting = std::exchange(waiting_, {});
    if (waiting.empty()) continue;
    ids_.clear();
    std::vector<OriginChange> changes;
    changes.reserve(waiting.size());
    for (const Waiting& one : waiting) changes.push_back(one.change);
    const Status all = retrieval_.change_origins(changes);
    for (const Waiting& one : waiting) {
      const Status status =
          all.ok() || waiting.size() == 1 ? all : retrieval_.change_origins({&one.change, 1});
      for (const Done& done : one.done) done(status);
    }
  }
}

}  // namespace rappel
