#include "extractor/readers.h"

#include <algorithm>
#include <vector>

namespace rappel::extractor {
namespace {

// By media type (ingest/extract/file_formats.cc). One entry per type.
const std::vector<Reader> kReaders = {};

}  // namespace

std::span<const Reader> readers() { return kReaders; }

const Reader* find_reader(std::string_view media_type) {
  const auto found = std::find_if(readers().begin(), readers().end(),
                                  [&](const Reader& reader) { return reader.media_type == media_type; });
  return found == readers().end() ? nullptr : &*found;
}

}  // namespace rappel::extractor
