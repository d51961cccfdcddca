#include "embed/local/fair_queue.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.h"

namespace rappel {
namespace {

constexpr double kNobody = std::numeric_limits<double>::infinity();

}  // namespace

void FairQueue::add(QueuedRequest& request) {
  RAPPEL_CHECK(!request.queued, "a request waits once");
  const bool is_short = request.waiting_tokens <= sizes_.short_tokens;
  const std::size_t index = request.priority == Priority::kBulk ? kBulk : is_short ? kShort : kLong;
  Lane& lane = lanes_[index];
  const auto [place, fresh] = lane.flows.try_emplace(request.flow);
  Flow& flow = place->second;
  try {
    flow.requests.push_back(&request);
  } catch (...) {
    if (fresh) lane.flows.erase(place);
    throw;
  }
  // Nothing fails from here on.
  if (lane.requests == 0) enter(lane);
  if (fresh) enter(lane, flow);
  ++lane.requests;
  request.queued = true;
  request.lane = index;
  request.taken = 0;
  request.arrival = ++arrivals_;
  request.skipped = 0;
}

// Lanes need no virtual time of their own: they are few, and one text is the most that one is ahead by. A
// lane keeps up to `credit` of the time that it had no use for.
void FairQueue::enter(Lane& lane) {
  const auto credit = [&](const Lane& of) {
    return &of == &lanes_[kShort] ? static_cast<double>(sizes_.piece_tokens) / kWeights[kShort] : 0;
  };
  double least = kNobody;
  for (const Lane& other : lanes_)
    if (other.requests > 0) least = std::min(least, other.start);
  if (least == kNobody)
    for (Lane& idle : lanes_) idle.start = -credit(idle);
  else
    lane.start = std::max(lane.start, least - credit(lane));
}

// A new flow begins at the present: not before the flow that is owed most, and at most a piece after it.
void FairQueue::enter(Lane& lane, Flow& flow) {
  double least = kNobody;
  for (const auto& [id, other] : lane.flows)
    if (&other != &flow) least = std::min(least, other.start);
  if (least != kNobody)
    lane.now = std::clamp(lane.now, least, least + static_cast<double>(sizes_.piece_tokens));
  flow.start = lane.now;
}

void FairQueue::remove(QueuedRequest& request) {
  if (!request.queued) return;
  request.queued = false;
  Lane& lane = lanes_[request.lane];
  const auto flow = lane.flows.find(request.flow);
  flow->second.requests.remove(&request);
  if (flow->second.requests.empty()) lane.flows.erase(flow);
  --lane.requests;
}

// Tokens to the end of the piece that the request is in.
std::size_t FairQueue::piece_left(const QueuedRequest& request) const {
  return std::min(request.waiting_tokens, sizes_.piece_tokens - request.taken % sizes_.piece_tokens);
}

QueuedRequest* FairQueue::first_of(const Flow& flow) const {
  QueuedRequest* smallest = nullptr;
  for (QueuedRequest* request : flow.requests) {
    if (request->skipped == batch_) continue;
    if (smallest == nullptr && flow.debt > 0) return request;
    if (smallest == nullptr || request->waiting_tokens < smallest->waiting_tokens) smallest = request;
  }
  return smallest;
}

QueuedRequest* FairQueue::first_of(const Lane& lane) const {
  QueuedRequest* first = nullptr;
  double first_end = 0;
  for (const auto& [id, flow] : lane.flows) {
    QueuedRequest* request = first_of(flow);
    if (request == nullptr) continue;
    const double end = flow.start + static_cast<double>(piece_left(*request));
    if (first != nullptr && std::pair(first_end, first->arrival) <= std::pair(end, request->arrival))
      continue;
    first = request;
    first_end = end;
  }
  return first;
}

QueuedRequest* FairQueue::next() const {
  QueuedRequest* first = nullptr;
  for (const Lane& lane : lanes_) {
    if (lane.requests == 0 || (first != nullptr && lanes_[first->lane].start <= lane.start)) continue;
    if (QueuedRequest* request = first_of(lane)) first = request;
  }
  return first;
}

void FairQueue::take(QueuedRequest& request, std::size_t tokens, std::size_t computed) {
  Lane& lane = lanes_[request.lane];
  Flow& flow = lane.flows.find(request.flow)->second;
  const auto cost = static_cast<double>(computed);
  request.waiting_tokens -= tokens;
  request.taken += tokens;
  if (flow.requests.front() != &request)
    flow.debt += cost;
  else if (flow.debt > 0)
    flow.debt -= cost;
  flow.start += cost;
  lane.now += cost / static_cast<double>(lane.flows.size());
  lane.start += cost / kWeights[request.lane];
}

}  // namespace rappel
