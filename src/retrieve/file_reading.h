// FileReading: what the reading of a file or of a line of a manifest gave an ingest run.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/status.h"
#include "ingest/document.h"

namespace rappel {

struct FileReading {
  enum class Kind {
    kDocument,     // text and metadata
    kUnchanged,    // it is stored as it is. With an origin: one that the store does not know yet
    kSameContent,  // a stored document comes from a file of the same content; the text was not read
    kScreened,     // it has personal data and is not to be stored
    kArchive,      // it is none itself: `inner` has its files
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
  std::vector<FileReading> inner =
      {};  // the files in an archive or mail that are to be documents of their own
  // `inner` has all of them, also of mails in it: what else the store has of such files is to be forgotten.
  // Not if there may be more files than could be read.
  bool knows_files = false;
};

// Bytes in memory.
std::size_t memory_of(const FileReading& reading);

// How many of the files, and of those in them, the store has once the run has ended, if nothing fails. A text
// of at most `min_document` characters is not stored. Files that failed count: they are to be tried again.
std::size_t expected_documents(const std::vector<FileReading>& files, std::size_t min_document);

}  // namespace rappel
