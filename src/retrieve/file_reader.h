// FileReader: reads a file that a walk found, as far as an ingest run needs it, and the files in it that are
// to be documents of their own: those of an archive (IngestSettings::split_archives), and the attachments of
// mails at any depth (IngestSettings::attachments). See ingest_run.h for the rules, and file_placement.h for
// the documents that files become.
//
// Any thread may call read(); the store and the settings must outlive the object.
#pragma once

#include <stop_token>
#include <string>
#include <utility>

#include "ingest/source/inner_files.h"
#include "ingest/source/walk.h"
#include "retrieve/file_reading.h"
#include "retrieve/file_recognition.h"
#include "retrieve/file_to_read.h"
#include "retrieve/ingest_run.h"
#include "retrieve/origin_marks.h"
#include "retrieve/retrieval.h"

namespace rappel {

class FileReader {
 public:
  FileReader(Retrieval& retrieval, const IngestSettings& settings, std::stop_token stop)
      : retrieval_(retrieval), settings_(settings), marks_(settings), stop_(std::move(stop)) {}
  FileReader(const FileReader&) = delete;

  // `whole`: never kSameContent.
  FileReading read(const FoundFile& file, bool whole = false) const;

 private:
  Result<FileReading> read_file(const FoundFile& file, bool whole) const;
  Result<FileReading> read_stream(const FoundFile& file) const;
  Result<FileToRead> describe(const FoundFile& file) const;
  Result<FileToRead> describe_sent(const FoundFile& file) const;

  // One that may hold others. `whole` as in read().
  Result<FileReading> read_any(FileToRead& file, bool whole) const;
  // Without regard to files in it.
  Result<FileReading> read_one(FileToRead& file, bool whole) const;
  Result<FileReading> read_archive(FileToRead& archive) const;
  Result<FileReading> read_mail(FileToRead& mail) const;
  FileReading read_inner(const FileToRead& archive, Attachment file) const;
  FileReading read_attachment(const FileToRead& mail, Attachment file) const;

  Result<FileReading> read_text(const FileToRead& file) const;
  Result<ExtractedDocument> extract_text(const FileToRead& file) const;
  // The second half of read_text().
  Result<FileReading> document_of(const FileToRead& file, ExtractedDocument read) const;
  ReadCall call_for(const FileToRead& file) const;

  Retrieval& retrieval_;
  const IngestSettings& settings_;
  const OriginMarks marks_;
  const FileRecognition recognition_{retrieval_, settings_, marks_};
  const std::stop_token stop_;
};

}  // namespace rappel
