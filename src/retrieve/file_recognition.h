// FileRecognition: whether the store has the document of a file already, so that it need not be read. See
// ingest_run.h for the rules.
//
// Any thread may call the methods; what it is given must outlive the object.
#pragma once

#include <optional>
#include <string>

#include "base/status.h"
#include "retrieve/file_reading.h"
#include "retrieve/file_to_read.h"
#include "retrieve/ingest_run.h"
#include "retrieve/origin_marks.h"
#include "retrieve/retrieval.h"

namespace rappel {

class FileRecognition {
 public:
  FileRecognition(Retrieval& retrieval, const IngestSettings& settings, const OriginMarks& marks)
      : retrieval_(retrieval), settings_(settings), marks_(marks) {}

  // kUnchanged, kSameContent or nothing: the text has to be read. `whole`: never kSameContent.
  Result<std::optional<FileReading>> file(const FileToRead& file, bool whole) const;
  // A mail whose attachments are documents of their own, with this hash: kUnchanged, with those in `inner`;
  // or nothing: it has to be read, perhaps because an earlier run did not store all of them.
  Result<std::optional<FileReading>> mail(const FileToRead& mail, const std::string& hash) const;

 private:
  Result<std::optional<FileReading>> by_time(const FileToRead& file) const;

  Retrieval& retrieval_;
  const IngestSettings& settings_;
  const OriginMarks& marks_;
};

}  // namespace rappel
