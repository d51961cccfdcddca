// Checks and repairs of a store that need not be open, for `rappel store`.
#pragma once

#include <filesystem>

#include "base/status.h"
#include "store/store_report.h"
#include "wiring/stores.h"

namespace rappel {

// All: kNotFound where there is no store, kUnsupported for a store that is not in this build or offers no
// such thing.

// Everything that can be compared. Changes nothing; others may use the store meanwhile.
Result<StoreReport> verify_store(const StoreSettings& settings);
// Mends what can be mended exactly, then verifies. Documents that are damaged themselves are removed only
// with `drop_damaged`. kUnavailable: the store is in use.
Result<StoreReport> repair_store(const StoreSettings& settings, bool drop_damaged);
// DocumentStore::trouble() is known, and not reported again.
Status accept_store(const StoreSettings& settings);
// kUnavailable, at once, if somebody has the store open.
Status unused_store(const StoreSettings& settings);
// A copy in one new file; others may use the store meanwhile.
Status backup_store(const StoreSettings& settings, const std::filesystem::path& target);

}  // namespace rappel
