// Ingest run: everything that a walk found, into the store. `rappel ingest` prints what it reports; a server
// can show it as a job.
//
// Files are read by several threads ahead of the embedding, as far as IngestSettings::ahead_bytes allow.
// Documents are stored in batches of one upsert each, two of them at a time. If a batch is refused, each of
// its documents is tried alone, so that only the bad one is lost. Within a run, the last document of an id
// stands.
//
// The store keeps with each document from which files it came and the hash of their content (FileOrigin), in
// the same commit. From this follows, without a journal of its own:
//   - A file whose content and given metadata are unchanged is not embedded again, whatever its time says. So
//     a run that was killed continues where it was when it is started again.
//   - Renamed files and files of the same content share documents (file_placement.h).
//   - Files that are gone can be forgotten (prune.h).
// In a store that keeps no origins, a file counts as unchanged if its size and modification time are.
//
// Files and documents that a client has sent to a server (ingest/source/sent.h) go the same way. A file that
// was sent gets the id that follows from its text and metadata.
//
// A document without an id gets the one that an upsert gives it (document_id.h). If the store holds it under
// the id that versions before 0.2 gave a line of a manifest, it keeps that id, so that ingesting an old
// manifest again stores no second copy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/status.h"
#include "ingest/extract/read_options.h"
#include "ingest/screen/screening.h"
#include "ingest/source/walk.h"
#include "retrieve/retrieval.h"

namespace rappel {

class NearDocuments;
class TextJudge;

// Removal of the documents of files that are no longer there.
enum class Prune {
  kNothing,
  kGone,  // in the named folders, as far as that is sure (prune.h)
  kEvenAll,
};

// The fate of files that are attached to a mail (EML, MBOX, MSG) which is itself a file of the run.
enum class Attachments {
  kText,      // their text follows that of the mail
  kDocument,  // each is a document of its own, "mail.eml/report.pdf", whose custom key attached_to names the
              // mail
  kSkip,
};

struct IngestSettings {
  std::size_t batch_documents = 16;
  std::size_t batch_bytes = std::size_t{4} << 20;      // of text
  std::size_t max_file_bytes = std::size_t{64} << 20;  // larger files and manifest lines fail
  std::size_t ahead_bytes = std::size_t{64} << 20;     // of files that are read before they are needed
  bool force = false;                                  // store unchanged files again
  std::string password = {};                           // of encrypted files
  ReadOptions reading = {};
  bool dry_run = false;  // store and remove nothing
  Prune prune = Prune::kNothing;
  std::vector<std::filesystem::path> deleted = {};  // files and folders that are known to be deleted
  Metadata metadata;              // of every document; comes before what files and manifests give
  bool extract_metadata = false;  // what texts state about themselves, where nothing else is given
  bool split_archives = false;    // each file in an archive becomes a document of its own
  Attachments attachments = Attachments::kText;
  Screening screening = Screening::kOff;
  std::shared_ptr<TextJudge> judge = nullptr;     // asked about both as well; null: rules alone
  std::shared_ptr<NearDocuments> near = nullptr;  // kept for the next run; null: read for this one
  bool find_similar = true;                       // false: nearly the same texts are not looked for
  // For whom the upserts work. Unlike `stop` of run_ingest(), a stop here gives up those under way.
  CallContext upserts = {};
};

struct IngestCounts {
  std::size_t stored = 0;         // documents of this run that the store holds
  std::size_t unchanged = 0;      // files and lines
  std::size_t moved = 0;          // documents that only got another place or other metadata
  std::size_t copies = 0;         // files whose content is stored under another name
  std::size_t removed = 0;        // files that are gone
  std::size_t similar = 0;        // stored documents with nearly the text of another one
  std::size_t failed = 0;         // reports to IngestObserver::failed
  std::size_t skipped = 0;        // reports to IngestObserver::skipped
  std::size_t named_skipped = 0;  // those of them that the user named, or that could not be looked at
  std::size_t warnings = 0;       // reports to IngestObserver::warned
  std::uint64_t bytes_done = 0, bytes_total = 0;
};

// One file or line, when it is done.
struct IngestItem {
  enum class Outcome { kStored, kUnchanged, kMoved, kCopy, kRemoved, kSkipped, kFailed };
  Outcome outcome;
  std::string name;         // "docs/a.pdf", "all.jsonl line 3"
  std::string document_id;  // empty: it has none
  std::string kind;         // kSkipped: as IngestObserver::skipped()
  std::string reason;       // kSkipped, kFailed: the message; kMoved: where it was, if it was renamed
  std::vector<std::string> warnings;
  std::vector<std::string> similar;  // kStored: ids of documents with nearly the same text
  Status failure = {};               // kFailed, where it was one
  bool unread = false;               // kFailed: the file could not be read, and the store was not asked
};

const char* outcome_name(IngestItem::Outcome outcome);  // "stored", "unchanged", ..

// Called on the thread of the run.
class IngestObserver {
 public:
  virtual ~IngestObserver() = default;
  // Something could not be read or stored. `message` names it and says why.
  virtual void failed(const std::string& message) = 0;
  // Something was left out on purpose. `kind` is for counting: "hidden", "other type", "empty", "too short",
  // "same id", "personal data"; `message` names it and says why.
  virtual void skipped(const std::string& kind, const std::string& message) = 0;
  // Something of a document that is stored was left out or is doubtful. `message` names it and says why.
  virtual void warned(const std::string& message) = 0;
  // After each batch.
  virtual void advanced(const IngestCounts& counts) = 0;
  // Every file and line, also those of failed() and skipped().
  virtual void finished(const IngestItem&) {}
};

// Stops after the batches under way once `stop` is requested, without reading the current files to their end;
// what is counted as stored is safe then, and nothing is removed.
IngestCounts run_ingest(Retrieval& retrieval, const FoundFiles& found, const IngestSettings& settings,
                        IngestObserver& observer, const std::stop_token& stop);

}  // namespace rappel
