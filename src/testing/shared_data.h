// Where tests find the reference data that is too large or not licensed for the repository: the folder named
// by RAPPEL_SHARED, or `shared` beside the checkout. A test that needs it and does not find it skips and says
// so:
//
//   const auto data = shared_data("goldens-models/tiny-bge-m3.texts.jsonl");
//   if (!data) GTEST_SKIP() << missing_shared_data();
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace rappel {

// `shared/data/<relative>` when it exists.
std::optional<std::filesystem::path> shared_data(const std::string& relative);

// "reference data not found: set RAPPEL_SHARED or put shared/ beside the checkout".
std::string missing_shared_data();

// A complete model folder for shared/data/models/<name>, made in `into`: files are symbolic links, and each
// `X.path` file (one line, a relative path) becomes a link X to what it names. nullopt when the data is
// absent.
std::optional<std::filesystem::path> linked_model(const std::string& name, const std::filesystem::path& into);

// The real all-MiniLM-L6-v2: RAPPEL_MINILM, or models/all-MiniLM-L6-v2 where scripts/fetch-models puts it.
std::optional<std::filesystem::path> minilm_model();

}  // namespace rappel
