// FileReader: reads a file that a walk found, as far as an ingest run needs it. See ingest_run.h for the
// rules, and file_placement.h for the documents that files become.
//
// Any thread may call read(); the store and the settings must outlive the object.
#pragma once

#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "ingest/document.h"
#include "ingest/source/file_document.h"
#include "ingest/source/walk.h"
#include "retrieve/ingest_run.h"
#include "retrieve/origin_marks.h"
#include "retrieve/retrieval.h"

namespace rappel {

struct FileReading {
  enum class Kind {
    kDocument,     // text and metadata
    kUnchanged,    // it is stored as it is. With an origin: one that the store does not know yet
    kSameContent,  // a stored document comes from a file of the same content; the text was not read
    kScreened,     // it has personal data and is not to be stored
    kArchive,      // `inner` has its files
    kFailed,
    kCancelled,
  };
  Kind kind = Kind::kFailed;
  std::string name;  // for messages
  std::string path;  // as FileOrigin::path; empty: no file
  // Its id is that of the stored version, or the one for a file that is new at this place. Its origin is
  // there if the store keeps origins and this is a file.
  DocumentInput document;
  std::vector<std::string> warnings;
  Status failure;
  std::vector<FileReading> inner = {};
  // An archive of which `inner` has all files that are documents of their own: what else the store has of
  // them is to be forgotten. Not if the archive may have more than could be read of it.
  bool knows_files = false;
};

// Bytes in memory.
std::size_t memory_of(const FileReading& reading);

class FileReader {
 public:
  FileReader(Retrieval& retrieval, const IngestSettings& settings, std::stop_token stop)
      : retrieval_(retrieval), settings_(settings), marks_(settings), stop_(std::move(stop)) {}

  // `whole`: never kSameContent.
  FileReading read(const FoundFile& file, bool whole = false) const;

 private:
  // A file, or one in an archive, and everything that its document follows from.
  struct Place {
    std::string name;  // for messages, and for the type
    std::string path;  // links resolved
    std::string id;    // of a document that is new there
    Metadata described;
    std::optional<std::string> sidecar;
    FileBytes bytes;
    const SentFile* sent = nullptr;  // a client sent it
    std::string content, settings;  // as in FileOrigin; `content` is known once read_place() hashed the bytes
  };

  Result<FileReading> read_file(const FoundFile& file, bool whole) const;
  Result<FileReading> read_archive(Place& archive) const;
  FileReading read_inner(const Place& archive, std::string name, std::string bytes) const;
  Result<FileReading> read_stream(const FoundFile& file) const;
  Result<Place> place_of(const FoundFile& file) const;
  Result<Place> place_of_upload(const FoundFile& file) const;
  Result<FileReading> read_place(Place& place, bool whole) const;
  // Nothing: the text has to be read.
  Result<std::optional<FileReading>> recognize(const Place& place, bool whole) const;
  Result<std::optional<FileReading>> recognize_by_time(const Place& place) const;
  Result<FileReading> read_text(const Place& place) const;
  Result<ExtractedDocument> extract_text(const Place& place) const;
  FileOrigin origin_of(const Place& place) const;

  Retrieval& retrieval_;
  const IngestSettings& settings_;
  const OriginMarks marks_;
  const std::stop_token stop_;
};

}  // namespace rappel
