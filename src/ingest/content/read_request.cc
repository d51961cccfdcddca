#include "ingest/content/read_request.h"

#include <cstddef>
#include <cstdint>

namespace rappel {
namespace {

constexpr char kBytes = 'B', kDescriptor = 'D';
constexpr std::size_t kLength = 4, kOffset = 8;

void put_number(std::string& out, std::uint64_t number, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) out += static_cast<char>(number >> (8 * i) & 0xFF);
}

bool take_number(std::string_view& bytes, std::size_t count, std::uint64_t& number) {
  if (bytes.size() < count) return false;
  number = 0;
  for (std::size_t i = 0; i < count; ++i)
    number |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  bytes.remove_prefix(count);
  return true;
}

bool take_text(std::string_view& bytes, std::string& text) {
  std::uint64_t size = 0;
  if (!take_number(bytes, kLength, size) || size > bytes.size()) return false;
  text = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return true;
}

}  // namespace

std::string head_of(const ReadRequest& request) {
  std::string head(1, request.file ? kDescriptor : kBytes);
  for (const std::string* text : {&request.name, &request.media_type, &request.charset, &request.password}) {
    put_number(head, text->size(), kLength);
    head += *text;
  }
  if (!request.file) return head;
  put_number(head, request.file->offset, kOffset);
  put_number(head, request.file->bytes, kOffset);
  return head;
}

std::optional<ReadRequest> take_head(std::string_view& bytes) {
  if (!bytes.starts_with(kBytes) && !bytes.starts_with(kDescriptor)) return std::nullopt;
  const bool has_descriptor = bytes.front() == kDescriptor;
  bytes.remove_prefix(1);
  ReadRequest request;
  for (std::string* text : {&request.name, &request.media_type, &request.charset, &request.password})
    if (!take_text(bytes, *text)) return std::nullopt;
  if (!has_descriptor) return request;
  FilePart& part = request.file.emplace();
  if (!take_number(bytes, kOffset, part.offset) || !take_number(bytes, kOffset, part.bytes))
    return std::nullopt;
  return request;
}

}  // namespace rappel
