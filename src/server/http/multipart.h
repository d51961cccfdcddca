// Multipart: a multipart/form-data body (RFC 7578) cut into its parts.
//
// Parts view the body, which must outlive them. Linear in the body's length, whatever it holds; bounded in
// parts and in header bytes per part. Errors are kInvalidArgument with what is wrong, and can be shown to the
// client.
#pragma once

#include <cstddef>
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
};

// `content_type` is that of the request, with its boundary.
Result<std::vector<FormPart>> read_multipart(std::string_view content_type, std::string_view body,
                                             MultipartBounds bounds = {});

}  // namespace rappel
