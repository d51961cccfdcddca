#include "retrieve/file_reading.h"

#include <string_view>

#include "base/utf8.h"

namespace rappel {
namespace {

bool is_stored(const FileReading& reading, std::size_t min_document) {
  switch (reading.kind) {
    case FileReading::Kind::kUnchanged:
    case FileReading::Kind::kSameContent: return true;
    case FileReading::Kind::kFailed: return reading.failure.code() != Code::kUnsupported;
    case FileReading::Kind::kDocument: break;
    default: return false;
  }
  constexpr std::string_view kBlank = " \t\r\n\f\v";
  const std::string_view text = reading.document.text;
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return false;
  return utf8_count(text.substr(begin, text.find_last_not_of(kBlank) + 1 - begin)) > min_document;
}

}  // namespace

std::size_t memory_of(const FileReading& reading) {
  constexpr std::size_t kLeast = 16384;  // a file takes some memory besides its text
  std::size_t bytes = kLeast + reading.document.text.size() + reading.document.outline.memory();
  for (const FileReading& inner : reading.inner) bytes += memory_of(inner);
  return bytes;
}

std::size_t expected_documents(const std::vector<FileReading>& files, std::size_t min_document) {
  std::size_t number = 0;
  for (const FileReading& file : files)
    number += (is_stored(file, min_document) ? 1 : 0) + expected_documents(file.inner, min_document);
  return number;
}

}  // namespace rappel
