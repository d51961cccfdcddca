// FileToRead: a file, or one in an archive or attached to a mail, and everything that its document follows
// from.
#pragma once

#include <optional>
#include <string>

#include "ingest/extract/file_format.h"
#include "ingest/source/file_document.h"
#include "ingest/source/sent.h"
#include "store/file_origin.h"
#include "store/metadata.h"

namespace rappel {

struct FileToRead {
  std::string name;             // for messages, and for the type
  std::string media_type = {};  // declared by a mail
  std::string path = {};        // as FileOrigin::path; empty: standard input
  std::string id = {};          // of a document that is new there
  Metadata described = {};      // by name and place (given_metadata.h)
  Metadata inherited = {};      // of the mail, or of the file itself: where nothing else gives a key
  bool dated = false;           // its own date comes before the inherited one
  std::optional<std::string> sidecar = {};
  FileBytes bytes = {};
  std::string content = {}, settings = {};  // as in FileOrigin; `content` is known once the bytes were hashed
  int depth = 0;                            // in how many other files it is

  const SentFile* sent = nullptr;  // a client sent it, with these metadata

  FileHint hint() const {
    return sent != nullptr ? FileHint{name, sent->media_type, sent->charset} : FileHint{name, media_type, ""};
  }
  FileOrigin origin() const {
    const auto& source_id = sent != nullptr ? sent->metadata.source_id : described.source_id;
    return {path, source_id.value_or(sent != nullptr ? sent->name : ""), content, settings};
  }
};

}  // namespace rappel
