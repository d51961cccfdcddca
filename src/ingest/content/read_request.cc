#include "ingest/content/read_request.h"

#include <cstddef>
#include <cstdint>

namespace rappel {
namespace {

constexpr std::size_t kLength = 4;

void put_text(std::string& out, std::string_view text) {
  for (std::size_t i = 0; i < kLength; ++i) out += static_cast<char>(text.size() >> (8 * i) & 0xFF);
  out += text;
}

bool take_text(std::string_view& bytes, std::string& text) {
  if (bytes.size() < kLength) return false;
  std::size_t size = 0;
  for (std::size_t i = 0; i < kLength; ++i)
    size |= std::size_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  bytes.remove_prefix(kLength);
  if (size > bytes.size()) return false;
  text = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return true;
}

}  // namespace

std::string head_of(const ReadRequest& request) {
  std::string head;
  for (const std::string* text : {&request.name, &request.media_type, &request.charset, &request.password})
    put_text(head, *text);
  return head;
}

std::optional<ReadRequest> take_head(std::string_view& bytes) {
  ReadRequest request;
  for (std::string* text : {&request.name, &request.media_type, &request.charset, &request.password})
    if (!take_text(bytes, *text)) return std::nullopt;
  return request;
}

}  // namespace rappel
