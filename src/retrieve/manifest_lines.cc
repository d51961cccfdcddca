#include "retrieve/manifest_lines.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/os/file.h"
#include "codec/json_items.h"
#include "codec/json_lines.h"
#include "ingest/source/file_document.h"

namespace rappel {
namespace {

// Calls `take` with number, bytes and object of each.
template <class Take, class Reject>
void read_objects(int descriptor, bool is_list, std::size_t max_bytes, const std::stop_token& stop,
                  const Take& take, const Reject& reject) {
  if (is_list) {
    JsonItemReader items(descriptor, max_bytes, reject);
    JsonItemReader::Record record;
    while (!stop.stop_requested() && items.next(&record)) take(record.item, record.bytes, record.object);
    return;
  }
  JsonLineReader lines(descriptor, max_bytes, reject);
  JsonLineReader::Record record;
  while (!stop.stop_requested() && lines.next(&record)) take(record.line, record.bytes + 1, record.object);
}

}  // namespace

void read_manifest(const FoundFile& file, std::size_t max_line_bytes, const std::stop_token& stop,
                   const ManifestHandlers& handlers) {
  if (stop.stop_requested()) return;
  std::optional<Fd> opened;
  if (file.stream < 0) {
    auto regular = open_regular_file(file.path);
    if (!regular.ok()) return handlers.failed(shown_name(file), regular.status().to_string());
    opened = std::move(regular).value();
  }
  const auto where = [name = shown_name(file), unit = file.is_list ? "item" : "line"](std::size_t number) {
    return fmt::format("{} {} {}", name, unit, number);
  };
  const auto reject = [&](std::size_t number, const std::string& problem) {
    handlers.failed(where(number), where(number) + ": " + problem);
  };
  const auto take = [&](std::size_t number, std::size_t bytes, const Json& object) {
    handlers.advanced(bytes);
    auto document = manifest_document(file.path, object, max_line_bytes, stop);
    if (document.status().code() == Code::kCancelled) return;
    if (document.ok())
      handlers.take(where(number), *document);
    else
      reject(number, document.status().to_string());
  };
  read_objects(opened ? opened->get() : file.stream, file.is_list, max_line_bytes, stop, take, reject);
}

}  // namespace rappel
