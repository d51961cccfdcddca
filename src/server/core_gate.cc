#include "server/core_gate.h"

#include <chrono>
#include <utility>

#include "base/log.h"

namespace rappel {
namespace {

using Reason = Refusal::Reason;

struct Words {
  const char* state;
  const char* refusal;
};

Words words_of(Readiness readiness) {
  switch (readiness) {
    case Readiness::kReady: return {"ok", "The models have just been loaded: try again in a moment"};
    case Readiness::kIdle: return {"idle", "The models are loaded by the first request that needs them"};
    case Readiness::kLoading: return {"loading", "The models are still being loaded: try again in a moment"};
    case Readiness::kFailed: break;
  }
  return {"failed", "The models cannot be used, the server's log says why: try again later"};
}

int retry_seconds(const Status& failure) {
  return failure.retry_after() > 0 ? failure.retry_after() : kRetrySeconds;
}

// A store that cannot be written; the message of the failure names files, so it is for the log alone.
std::optional<Refusal> store_refusal(const Status& failure) {
  if (failure.id() == "store-locked")
    return Refusal{Reason::kNotReady, "The store is locked by another process: try again in a moment",
                   kRetrySeconds};
  if (failure.id() == "disk-full") return disk_full_refusal();
  if (failure.id() == "data-folder")
    return Refusal{Reason::kNotReady,
                   "The store cannot be written, the server's log says why: try again later",
                   kOperatorSeconds};
  return std::nullopt;
}

Refusal refusal_of(const Status& failure, Readiness readiness) {
  switch (failure.code()) {
    case Code::kInvalidArgument: return {Reason::kInvalid, failure.message()};
    case Code::kNotFound: return {Reason::kNoSuchPath, failure.message()};
    case Code::kUnauthenticated: return {Reason::kForbidden, failure.message()};
    case Code::kResourceExhausted:
      if (failure.id() == "answer-too-large" || failure.id() == "file-too-large")
        return {Reason::kAnswerTooLarge, failure.message()};
      return busy_refusal(retry_seconds(failure));
    case Code::kDeadlineExceeded:
    case Code::kCancelled: return given_up_refusal();
    case Code::kUnavailable:
      if (readiness != Readiness::kReady || failure.retry_after() > 0)
        return {Reason::kNotReady, words_of(readiness).refusal, retry_seconds(failure)};
      if (auto refusal = store_refusal(failure)) return *std::move(refusal);
      [[fallthrough]];
    case Code::kCorrupt:  // the message names the file, and only the operator can help
      if (failure.id() == "model-damaged") return {Reason::kNotReady, failure.message(), kRetrySeconds};
      [[fallthrough]];
    default: return internal_refusal();
  }
}

}  // namespace

std::optional<Refusal> CoreGate::refuse_early(const RequestHead&) const {
  if (core_.load() != nullptr) return std::nullopt;
  return not_ready();
}

void CoreGate::set_holders(const std::vector<KnownToken>& tokens) {
  std::vector<PrincipalPtr> holders;
  for (const KnownToken& token : tokens) holders.push_back(token.principal);
  const std::lock_guard lock(holders_mutex_);
  holders_ = std::move(holders);
}

PrincipalPtr CoreGate::holder(std::string_view id) const {
  if (id == admin_principal()->id) return admin_principal();
  const auto now =
      std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
  const std::lock_guard lock(holders_mutex_);
  for (const PrincipalPtr& holder : holders_)
    if (holder->id == id && !holder->is_expired(now.count())) return holder;
  return nullptr;
}

std::optional<PrincipalCollections> CoreGate::collections_as(PrincipalPtr principal,
                                                             std::shared_ptr<RequestCounts> counts) const {
  CollectionHost* const host = collections_.load();
  if (host == nullptr) return std::nullopt;
  return PrincipalCollections(host, std::move(principal), std::move(counts));
}

Status CoreGate::check_collection(const RequestHead& head) const {
  PrincipalCollections collections(collections_.load(), head.principal, head.counts);
  if (head.collection.empty() || head.collection == kDefaultCollection)
    return collections.admit(kDefaultCollection);
  return collections.find(head.collection).status();
}

Readiness CoreGate::readiness() const {
  const Core* core = core_.load();
  return core != nullptr ? core->readiness() : Readiness::kLoading;
}

const char* CoreGate::state() const { return words_of(readiness()).state; }

Refusal CoreGate::not_ready() const {
  return {Reason::kNotReady, words_of(readiness()).refusal, kRetrySeconds};
}

std::optional<Refusal> CoreGate::not_writable() const {
  const Core* core = core_.load();
  const Status status = core != nullptr ? core->writable() : Status();
  if (status.ok()) return std::nullopt;
  auto refusal = store_refusal(status);
  return refusal ? std::move(refusal) : internal_refusal();
}

Refusal CoreGate::refuse(const RequestHead& head, const Status& failure) const {
  Refusal refusal = refusal_of(failure, readiness());
  log(head, failure, status_of(refusal.reason));
  return refusal;
}

void CoreGate::warn(const RequestHead& head, std::string_view message) const {
  if (logger_ != nullptr)
    logger_->event(LogLevel::kWarn, fmt::format("{} {}: {}", head.method_text, head.path, message),
                   {{"request_id", head.request_id}});
}

void CoreGate::log(const RequestHead& head, const Status& failure, int status) const {
  // The client of a cancelled request has been told already, or has left.
  if (logger_ == nullptr || failure.code() == Code::kCancelled) return;
  const std::string text = std::string(head.method_text) + " " + head.path + ": " +
                           code_name(failure.code()) + ": " + failure.to_string();
  const LogLevel level = status >= 500 ? LogLevel::kError : status == 429 ? LogLevel::kWarn : LogLevel::kInfo;
  logger_->event(level, text, {{"request_id", head.request_id}});
}

}  // namespace rappel
