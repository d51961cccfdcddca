// IngestBatches: documents on their way into the store, in batches of one upsert each. Two upserts run at a
// time, so that the engine has work while one of them splits texts or waits for the disk.
//
// For one thread. Results come through a function on that thread, during add() and finish().
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "ingest/document.h"
#include "retrieve/retrieval.h"

namespace rappel {

struct PendingDocument {
  DocumentInput document;  // with its id
  std::string origin;      // for messages
  bool named = false;      // by the user
  std::vector<std::string> warnings = {};
  bool blank = false;  // without text; set by IngestBatches, whose results may come without the text
};

class IngestBatches {
 public:
  struct Limits {
    std::size_t documents = 16;
    std::size_t bytes = 0;  // of text
    bool dry_run = false;   // nothing is stored, and each document counts as stored unless it is empty
    CallContext call = {};  // of the upserts
  };
  // Ok: the document is stored, if `stored`; else the store took nothing of it.
  using Settle = std::function<void(const PendingDocument&, const Status&, bool stored)>;
  // After each batch.
  using Advance = std::function<void()>;

  IngestBatches(Retrieval& retrieval, const Limits& limits, Settle settle, Advance advance)
      : retrieval_(retrieval), limits_(limits), settle_(std::move(settle)), advance_(std::move(advance)) {}
  ~IngestBatches();  // waits for the upserts under way
  IngestBatches(const IngestBatches&) = delete;

  void add(PendingDocument pending);
  // A document of this id is on its way or stored: the next one of the id comes after it. One that has not
  // been sent yet is dropped, and returned.
  std::optional<PendingDocument> replace(const std::string& id);
  void finish();

 private:
  struct Batch {
    std::vector<PendingDocument> documents;
    std::future<Result<std::vector<std::string>>> stored;
  };

  void send();
  void settle_first();
  void settle(const PendingDocument& pending, const Result<std::vector<std::string>>& ids);

  Retrieval& retrieval_;
  const Limits limits_;
  const Settle settle_;
  const Advance advance_;
  std::vector<PendingDocument> pending_;  // each id once
  std::size_t pending_bytes_ = 0;
  std::deque<Batch> under_way_;
};

}  // namespace rappel
