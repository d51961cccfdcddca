// The files in an archive, or attached to a mail, for those who take each of them as a document of its own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "ingest/content/content.h"
#include "ingest/extract/file_format.h"
#include "ingest/source/file_document.h"

namespace rappel {

// The kinds of files that hold others.
enum class OuterKind {
  kNone,
  kArchive,  // nothing but other files: ZIP, TAR, 7z or a compressed file
  kMail,     // a mail or a mailbox, with or without attached files
};

// By the table of formats. A document that has the form of an archive (DOCX) is none, and neither is an
// archive that is not read.
OuterKind outer_kind(std::string_view bytes, const FileHint& hint);

struct OuterFile {
  ExtractedDocument document;  // of itself, without the files; that of an archive has no text
  // As they are in it, not read. Those of a mail have names of their own (name_attachments()).
  std::vector<Attachment> files;
};

// Within the bounds of child_reader.h. Its errors, and those of FileBytes::check(). call.file is set here.
Result<OuterFile> read_outer(const FileBytes& bytes, const FileHint& hint, ReadCall call);

// Makes the names of attachments unique within their mail or mailbox, printable, and free of folders:
// "report.pdf", "report (2).pdf". Those of the third mail of a mailbox become "message 3/report.pdf"; the
// first mail needs no number, so names stay when further mails are added. `messages` has the number of the
// mail of each file, from 1. Long names lose their beginning.
void name_attachments(std::vector<Attachment>& files, const std::vector<std::size_t>& messages);

}  // namespace rappel
