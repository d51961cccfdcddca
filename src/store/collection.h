// CollectionSettings: one collection of documents among several that a server keeps apart
// (wiring/collections.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace rappel {

// The store in DATA itself. It is always there and cannot be dropped.
inline constexpr std::string_view kDefaultCollection = "default";

// A collection beside the default one; what is not set is as the server's settings say.
struct CollectionSettings {
  std::string name;                                        // see check_collection_name()
  std::string description;                                 // for people, at most 512 bytes
  std::optional<std::size_t> chunk_tokens, chunk_overlap;  // as ChunkOptions
  std::map<std::string, std::string> metadata;  // of the client that created it: at most 16, 64 and 512 bytes
  std::optional<std::string> title;             // as people call it, at most 256 bytes
  std::optional<std::int64_t> expire_days;      // 1 .. 365 after its last use; nothing: never
  std::int64_t created_at = 0;                  // seconds since 1970; set by create()

  bool operator==(const CollectionSettings&) const = default;
};

struct CollectionUsage {
  std::int64_t documents = 0, chunks = 0;
  std::uint64_t bytes = 0;  // of its files

  bool operator==(const CollectionUsage&) const = default;
};

// 1 .. 64 of a-z, 0-9, "-" and "_", the first a letter or a digit. kInvalidArgument.
Status check_collection_name(std::string_view name);
// The name and all bounds above.
Status check_collection(const CollectionSettings& settings);
// kNotFound, for people.
Status no_such_collection(std::string_view name);

}  // namespace rappel
