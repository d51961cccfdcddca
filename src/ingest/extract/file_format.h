// FileFormat: one format of files, how it is recognized and the function that reads it. file_formats() is the
// registry: detection (file_type.h), reading (extract.h) and the messages about files follow from it.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/byte_budget.h"
#include "base/os/file.h"
#include "base/status.h"
#include "ingest/content/outline.h"
#include "ingest/extract/read_options.h"

namespace rappel {

struct FileHint {
  std::string name;        // file name with extension; empty if unknown
  std::string media_type;  // declared by the sender, lower case, without parameters; empty if none
  std::string charset;     // declared by the sender; empty if none
};

struct ReadCall {
  std::stop_token cancel = {};
  std::string password = {};         // of an encrypted file
  ByteHold* memory = nullptr;        // counts what the file gives, while it is read; null: not counted
  const MappedFile* file = nullptr;  // that holds the content; null: it lies in memory alone
  // May be empty. Told of content that was read and is not needed for a while, also where another process
  // maps it; of that of files in it, too.
  std::function<void(std::string_view)> passed = {};
  ReadOptions options = {};
};

struct ExtractedDocument {
  std::string text;             // UTF-8
  Outline outline = {};         // of the text; empty for text without structure
  std::string media_type = {};  // as detected
  // As ContentSink::property() (ingest/content/content.h).
  std::vector<std::pair<std::string, std::string>> properties = {};
  std::vector<std::string> warnings = {};  // what was left out or is doubtful: "it contains 3 NUL characters"
};

// The way to the text of a format.
enum class ReadBy {
  kNothing,    // recognized, but not read
  kReader,     // the program rappel-extract (child_reader.h)
  kOcr,        // the same, only where OCR is on
  kPlainText,  // this program, as the text is: plain_text.h
  kMarkdown,
};

// Bytes at a fixed place of a file. `binary`: a text could begin like this, so the start of the file must
// also hold bytes that no text has.
struct Signature {
  std::size_t offset = 0;
  std::string_view bytes = {};  // empty: none
  bool binary = false;
  std::size_t within = 0;  // may come up to so many bytes later
};

struct FileFormat {
  std::string_view media_type;       // "application/pdf"
  std::string_view what;             // with its article, for messages: "a PDF document"
  std::string_view advice = {};      // how to make a file of a format without `read` readable
  std::string_view extensions = {};  // separated by blanks: ".md .markdown"
  Signature signatures[2] = {};      // one of them is enough
  // The format is a ZIP archive with these bytes near its start, or with one of the extensions.
  std::string_view member = {};
  std::string_view also_declared = {};  // another media type that senders declare for it
  ReadBy read = ReadBy::kNothing;
  bool is_archive = false;   // its content is other files
  bool may_be_mail = false;  // it is a mail or a mailbox, or another document of the same form
};

// Signatures and members are looked at in this order.
std::span<const FileFormat> file_formats();

}  // namespace rappel
