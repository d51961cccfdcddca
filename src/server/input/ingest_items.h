// IngestItems: what becomes of the files and documents that a client has sent, from an ingest run
// (retrieve/ingest_run.h), as the client is told. The names of the items are their indexes in the request.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "retrieve/ingest_run.h"
#include "server/core_gate.h"
#include "server/input/ingest_options.h"
#include "server/input/ingest_result.h"
#include "server/input/upload.h"
#include "server/protocol_context.h"

namespace rappel {

// For what the reading of a file in the body gives: an archive of a few bytes may hold much text. Body and
// files together never get more than one caller may.
ByteHold memory_of_file(const Request& request);

// Whether the server, and not the file, is the reason that it was not read.
bool is_of_the_server(const Status& failure);

// The file of a form as an ingest run takes it. `memory` as SentFile::memory; the form stays where it is.
FoundFile sent_file(const FormFile& file, std::size_t index, ByteHold* memory);

// For the run of a client's items. `call`: its stop gives everything up.
IngestSettings sent_settings(const IngestOptions& asked, const ProtocolOptions& options,
                             const CallContext& call);

// Names the log lines of work on `path` that goes on after its request.
RequestHead background_head(std::string path);

// Bytes that one file may give in such work.
inline constexpr std::size_t kMostOfABackgroundFile = std::size_t{128} << 20;

// Before another try with what the server could not store.
std::chrono::seconds pause_after(const Refusal& refusal);

class IngestItems : public IngestObserver {
 public:
  struct Failure {
    Status status;
    std::optional<Refusal> refusal;  // nothing: the file itself cannot be read
  };

  // Both must outlive it. `head` is for the log.
  IngestItems(const CoreGate& gate, const RequestHead& head) : gate_(gate), head_(head) {}

  void failed(const std::string&) override {}
  void skipped(const std::string&, const std::string&) override {}
  void warned(const std::string&) override {}
  void advanced(const IngestCounts&) override {}
  void finished(const IngestItem& item) override;

 protected:
  // The item is done, for good. Warnings come without a name, and `result` too. `failure` is null unless the
  // result is kFailed.
  virtual void done(std::size_t index, IngestResult result, const Failure* failure) = 0;
  // The server can store nothing now: the item is not done, and others would fare the same.
  virtual void put_off(const Refusal& refusal) = 0;

 private:
  void skipped_item(std::size_t index, const IngestItem& item, IngestResult result);
  void failed_item(std::size_t index, const IngestItem& item, IngestResult result);

  const CoreGate& gate_;
  const RequestHead& head_;
};

}  // namespace rappel
