// The hash of the content of a file.
#pragma once

#include <string>
#include <string_view>

#include "base/os/file.h"

namespace rappel {

// SHA-256, hexadecimal. Pages of `file` that were hashed leave the memory of this process; null: the bytes
// lie in memory. Bytes outside of the file are only hashed.
std::string content_hash(std::string_view bytes, const MappedFile* file);

}  // namespace rappel
