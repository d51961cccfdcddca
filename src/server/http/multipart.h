// Multipart: a multipart/form-data body (RFC 7578) cut into its parts.
//
// Parts view the body, which must outlive them. Linear in the body's length, whatever it holds; bounded in
// parts and in header bytes per part. Errors are kInvalidArgument with what is wrong, and can be shown to the
// client.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace rappel {

struct FormPart {
  std::string name;
  bool is_file = false;      // it has a filename, be it empty
  std::string filename;      // as sent, escapes removed, valid UTF-8, no control characters
  std::string content_type;  // as sent; empty when there is none
  std::string_view data;
};

struct MultipartBounds {
  std::size_t parts = 64;
  std::size_t header_bytes = 8192;  // of one part
  // Told of pieces of the body that were looked at and are not needed for a while; may be empty.
  std::function<void(std::string_view)> passed = {};
};

// `content_type` is that of the request, with its boundary.
Result<std::vector<FormPart>> read_multipart(std::string_view content_type, std::string_view body,
                                             const MultipartBounds& bounds = {});

}  // namespace rappel
