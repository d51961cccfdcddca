// Collections: named stores beside the default one, for documents that have nothing to do with each other.
//
//   DATA/                        the default collection, as a server without others has it
//   DATA/collections/NAME/       collection.json, and a store of the same kind
//
// What is one store for the store is one collection here: backup, verification and locks work as for any
// other. All methods may be called from any thread and from several processes; the files are the truth, and
// nothing is kept in memory. A collection is created and dropped by one rename, so that it is there or not.
// Errors: kInvalidArgument for a name or settings out of bounds, kNotFound, kFailedPrecondition if the name
// is taken, kUnavailable of the disk, kCorrupt for a collection.json that cannot be read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "store/collection.h"
#include "wiring/stores.h"

namespace rappel {

class Collections {
 public:
  // `base` is the default collection's store. kUnsupported if that is no folder of this machine.
  static Result<Collections> beside(const StoreSettings& base);

  // By name, without the default one.
  Result<std::vector<CollectionSettings>> list() const;
  Result<CollectionSettings> find(std::string_view name) const;
  Result<CollectionSettings> create(CollectionSettings settings) const;
  // Replaces description, metadata, title and expiry of the collection with that name.
  Result<CollectionSettings> change(const CollectionSettings& settings) const;
  // The default collection has it, too. The store is opened for reading.
  Result<CollectionUsage> usage(std::string_view name) const;
  // The size of its files alone, which others may have open.
  Result<std::uint64_t> bytes(std::string_view name) const;
  // With all its documents. kUnavailable, and nothing is dropped, while somebody has its store open.
  Status drop(std::string_view name) const;
  // That of the default collection, too.
  Result<StoreSettings> store(std::string_view name) const;

 private:
  explicit Collections(StoreSettings base, std::filesystem::path folder)
      : base_(std::move(base)), folder_(std::move(folder)) {}
  Status write(const std::filesystem::path& folder, const CollectionSettings& settings) const;
  void remove_leftovers() const;

  StoreSettings base_;
  std::filesystem::path folder_;
};

}  // namespace rappel
