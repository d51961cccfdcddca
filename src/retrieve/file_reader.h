// FileReader: decides for a file that a walk found what an ingest run has to do with it, and reads it where
// that is needed. See ingest_run.h for the rules.
//
// Any thread may call read(); the store and the settings must outlive the object.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "ingest/document.h"
#include "ingest/source/walk.h"
#include "retrieve/ingest_run.h"
#include "retrieve/retrieval.h"

namespace rappel {

struct FileReading {
  enum class Kind {
    kDocument,   // to be stored
    kUnchanged,  // it is stored as it is
    kScreened,   // it has personal data and is not to be stored; the id is that of a stored version
    kFailed,
    kCancelled,
  };
  Kind kind = Kind::kFailed;
  DocumentInput document;  // with its id
  std::vector<std::string> warnings;
  Status failure;
};

class FileReader {
 public:
  FileReader(Retrieval& retrieval, const IngestSettings& settings, std::stop_token stop)
      : retrieval_(retrieval), settings_(settings), stop_(std::move(stop)) {}

  FileReading read(const FoundFile& file) const;

 private:
  // A file and everything that its document follows from.
  struct Place {
    std::string name;  // for messages, and for the type
    std::string id;
    Metadata described;
    std::optional<std::string> sidecar;
    std::string bytes;
  };

  Result<FileReading> read_file(const FoundFile& file) const;
  Result<FileReading> read_stream(const FoundFile& file) const;
  Result<FileReading> read_text(const Place& place) const;
  Result<bool> is_unchanged(const Place& place) const;

  Retrieval& retrieval_;
  const IngestSettings& settings_;
  const std::stop_token stop_;
};

}  // namespace rappel
