#include "server/input/idempotency.h"

#include <algorithm>
#include <utility>

#include "codec/sha256.h"
#include "server/input/errors.h"

namespace rappel {
namespace {

constexpr std::size_t kMostKey = 255;
constexpr std::size_t kEntryBytes = 512;  // of an answer, besides its body

// An answer in pieces becomes whole if it is short enough to be kept.
void make_whole(Response& answer, std::size_t most) {
  if (!answer.next_piece) return;
  std::string piece;
  while (answer.body.size() < most) {
    piece.clear();
    if (!answer.next_piece(piece)) {
      answer.next_piece = {};
      return;
    }
    answer.body += piece;
  }
  // The part that was taken comes first.
  answer.next_piece = [first = std::exchange(answer.body, {}),
                       next = answer.next_piece](std::string& out) mutable {
    if (first.empty()) return next(out);
    out += std::exchange(first, {});
    return true;
  };
}

}  // namespace

bool usable_idempotency_key(std::string_view key) {
  return key.size() <= kMostKey &&
         std::all_of(key.begin(), key.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

std::string idempotency_key(const RequestHead& head) {
  const std::string_view key = head.header("idempotency-key");
  if (key.empty()) return "";
  const std::string path = head.collection.empty() ? head.path : "/c/" + head.collection + head.path;
  return sha256_hex(path + "\n" + head.token + "\n" + std::string(key));
}

Response IdempotentAnswers::once(const RequestHead& head, const std::function<std::string()>& fingerprint,
                                 const std::function<Response()>& make) {
  if (!usable_idempotency_key(head.header("idempotency-key"))) return unusable_key_response();
  const std::string key = idempotency_key(head);
  if (key.empty()) return make();
  auto known = claim(key, fingerprint());
  if (auto* answer = std::get_if<Response>(&known)) return std::move(*answer);
  try {
    Response answer = make();
    make_whole(answer, kMostOfOne);
    if (answer.status < 300 && !answer.next_piece)
      keep(key, answer);
    else
      forget(key);
    return answer;
  } catch (...) {
    forget(key);
    throw;
  }
}

std::variant<std::monostate, Response> IdempotentAnswers::claim(const std::string& key,
                                                                const std::string& fingerprint) {
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find(key);
  const bool known =
      found != kept_.end() && (found->second.status == 0 || found->second.until > Clock::now());
  if (!known) {
    if (found != kept_.end()) {
      bytes_ -= kEntryBytes + found->second.body.size();
      order_.erase(found->second.place);
    }
    kept_[key] = {fingerprint, 0, "", "", {}, {}};
    return std::monostate();
  }
  const Kept& kept = found->second;
  if (kept.fingerprint != fingerprint) return plugin_refusal(other_body_refusal());
  if (kept.status == 0) return plugin_refusal(same_key_in_use_refusal());
  return Response{kept.status, kept.content_type, kept.body, {}, {}}.with("idempotent-replayed", "true");
}

void IdempotentAnswers::keep(const std::string& key, const Response& answer) {
  const std::lock_guard lock(mutex_);
  Kept& kept = kept_[key];
  kept.status = answer.status;
  kept.content_type = answer.content_type;
  kept.body = answer.body;
  kept.until = Clock::now() + kKept;
  kept.place = order_.insert(order_.end(), key);
  bytes_ += kEntryBytes + kept.body.size();
  make_room();
}

void IdempotentAnswers::forget(const std::string& key) {
  const std::lock_guard lock(mutex_);
  kept_.erase(key);  // it was under way: it is not in order_
}

void IdempotentAnswers::make_room() {
  while (bytes_ > kMostBytes) {
    const auto oldest = kept_.find(order_.front());
    bytes_ -= kEntryBytes + oldest->second.body.size();
    kept_.erase(oldest);
    order_.pop_front();
  }
}

}  // namespace rappel
