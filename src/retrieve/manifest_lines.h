// The documents of a manifest, read one by one.
#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>
#include <string>

#include "ingest/source/manifest.h"
#include "ingest/source/walk.h"

namespace rappel {

// All names are "all.jsonl line 3", or "all.json item 3" of a list.
struct ManifestHandlers {
  std::function<void(const std::string& name, ManifestDocument&)> take;
  std::function<void(const std::string& name, const std::string& message)> failed;
  // Bytes of a line or item that is a JSON object, before take() or failed() is told of it. Those of others,
  // and what lies between items, are not told.
  std::function<void(std::size_t bytes)> advanced;
};

// A bad line or item costs no other. Ends early if `stop` is requested.
void read_manifest(const FoundFile& file, std::size_t max_line_bytes, const std::stop_token& stop,
                   const ManifestHandlers& handlers);

}  // namespace rappel
