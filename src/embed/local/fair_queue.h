// FairQueue: decides whose text joins a batch next. It counts tokens, so nobody gains by splitting a request.
//
// Three lanes: short interactive requests, long ones, and bulk. Lanes that wait at the same time share the
// tokens 2 : 1 : 1, so a short query gets at least every second token whatever the others are, and documents
// are stored beside any number of queries. A lane alone gets everything. Short requests that come after a
// pause may take piece_tokens of their share at once: a query and its passages are computed before the work
// that waits beside them.
//
// Within a lane, flows (base/call_context.h) share by weighted fair queueing: each gets the same number of
// tokens, whether it has one request or a hundred. As in WF2Q+ (Bennett and Zhang, 1996) virtual time is the
// service that each waiting flow had under exact sharing. Flows take turns in pieces of piece_tokens; a
// request that is smaller goes as a whole. Deficit round robin shares equally well, but a newcomer waits for
// a whole round there.
//
// Within a flow, every second token goes to the request with the fewest waiting tokens, the others to the
// oldest one. So a small request needs about twice the batches that it needs alone, however many others there
// are, and a stream of small ones starves nobody. Equal requests keep their order of arrival.
//
// The queue is deterministic: no clocks, no threads. Not thread-safe. Only add() allocates.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>

#include "base/call_context.h"
#include "embed/embedding.h"

namespace rappel {

// A waiting request. Its owner keeps it where it is until it has left the queue.
struct QueuedRequest {
  FlowId flow = kDefaultFlow;
  Priority priority = Priority::kInteractive;
  std::size_t waiting_tokens = 0;  // of texts that are in no batch yet

 private:
  friend class FairQueue;
  bool queued = false;
  std::size_t lane = 0;
  std::size_t taken = 0;      // tokens
  std::uint64_t arrival = 0;  // number
  std::uint64_t skipped = 0;  // the batch that it does not join
};

class FairQueue {
 public:
  struct Sizes {
    std::size_t short_tokens = 0;  // the most that a short request has
    std::size_t piece_tokens = 1;  // at least 1
  };

  explicit FairQueue(const Sizes& sizes) : sizes_(sizes) {}
  // For requests that are added later.
  void set_sizes(const Sizes& sizes) { sizes_ = sizes; }

  // An exception (std::bad_alloc) leaves the request outside.
  void add(QueuedRequest& request);
  // No effect if it is not in the queue.
  void remove(QueuedRequest& request);

  bool empty() const { return size() == 0; }
  std::size_t size() const { return interactive() + lanes_[kBulk].requests; }
  static bool is_short(const QueuedRequest& request) { return request.lane == kShort; }
  bool has_short() const { return lanes_[kShort].requests > 0; }
  std::size_t interactive() const { return lanes_[kShort].requests + lanes_[kLong].requests; }

  // A batch: next() names the request whose text goes next, which take() or skip() follows; null when none is
  // left. The queue does not know texts: take() says how many tokens the text has, and how many of them
  // are computed (none if the batch has an equal text). A request without waiting tokens leaves by remove().
  void begin_batch() { ++batch_; }
  QueuedRequest* next() const;
  void take(QueuedRequest& request, std::size_t tokens, std::size_t computed);
  void skip(QueuedRequest& request) { request.skipped = batch_; }  // until the next batch

 private:
  enum LaneIndex : std::size_t { kShort, kLong, kBulk, kLanes };
  static constexpr std::array<double, kLanes> kWeights{2, 1, 1};

  struct Flow {
    std::list<QueuedRequest*> requests;  // in order of arrival
    double start = 0;                    // virtual time of its lane up to which it had its share
    double debt = 0;                     // tokens that the oldest request is owed; negative: had ahead
  };
  struct Lane {
    std::map<FlowId, Flow> flows;  // those with requests
    std::size_t requests = 0;
    double start = 0;  // tokens by weight
    double now = 0;    // virtual time among its flows
  };

  void enter(Lane& lane);
  void enter(Lane& lane, Flow& flow);
  std::size_t piece_left(const QueuedRequest& request) const;
  QueuedRequest* first_of(const Flow& flow) const;
  QueuedRequest* first_of(const Lane& lane) const;

  Sizes sizes_;
  std::array<Lane, kLanes> lanes_;
  std::uint64_t arrivals_ = 0;
  std::uint64_t batch_ = 1;
};

}  // namespace rappel
