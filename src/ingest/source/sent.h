// Files and documents that a client sends to a server, as an ingest run takes them.
//
// A file that was sent has a name, but no folder: its place is kSentPlace, its content and its name. So the
// same file sent again is recognized, another file of the same name is another document, and no file that was
// sent is ever taken for one that was deleted.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/byte_budget.h"
#include "base/os/file.h"
#include "ingest/document.h"

namespace rappel {

struct SentFile {
  std::string name;        // as the client gave it; may be empty
  std::string media_type;  // declared, lower case, without parameters; empty if none
  std::string charset;     // declared, lower case; empty if none
  Metadata metadata;       // the client's, or `source` "file" alone
  // Given: the document has this id, and the file is not recognized by its content. Empty: the id follows
  // from text and metadata.
  std::string document_id = {};
  std::optional<ChunkSizes> chunks = {};  // as DocumentInput::chunks
  // Where the bytes are a part of a request's body; else they are those of FoundFile::path.
  std::string_view bytes = {};
  const MappedFile* body = nullptr;  // that holds them; null: they lie in memory
  // Counts what reading gives until the document is stored; null: not counted. For one thread at a time.
  ByteHold* memory = nullptr;
};

struct SentDocument {
  std::string name;  // for reports
  DocumentInput document;
};

// The beginning of FileOrigin::path of what was sent; paths of files begin with '/'.
inline constexpr std::string_view kSentPlace = "sent:";

}  // namespace rappel
