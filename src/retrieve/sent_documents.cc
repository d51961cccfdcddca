#include "retrieve/sent_documents.h"

#include <chrono>
#include <optional>
#include <utility>

#include "base/timestamp.h"
#include "codec/sha256.h"
#include "ingest/content/memory_share.h"
#include "ingest/extract/properties.h"
#include "ingest/source/given_metadata.h"
#include "ingest/source/printable_name.h"
#include "retrieve/document_id.h"
#include "retrieve/ingest.h"

namespace rappel {

std::string place_of_sent(const SentFile& file, const std::string& content, const std::string& settings) {
  // The name comes last, because its extension counts.
  return std::string(kSentPlace) + sha256_hex(content + "\n" + settings) + "/" + printable_name(file.name);
}

std::string id_of_sent(const SentFile& file, const ExtractedDocument& read, Metadata described) {
  if (!file.document_id.empty()) return file.document_id;
  overlay(file.metadata, described);
  add_properties(read.properties, described);
  return derived_id({std::nullopt, read.text, std::move(described)});
}

Status finish_sent(const SentFile& file, DocumentInput& document) {
  if (!document.metadata.created_at)
    document.metadata.created_at = *Timestamp::parse(format_timestamp_utc(std::chrono::system_clock::now()));
  return hold_for_file(file.memory, memory_besides_text({&document, 1}));
}

bool is_undescribed(const SentFile& file) {
  Metadata plain;
  plain.source = "file";
  return file.metadata == plain;
}

}  // namespace rappel
