// Test data: models and reference values.
//
// testdata/ is part of the repository. Reference data that is too large for it, or whose licence does not
// allow a copy, is in the folder that RAPPEL_SHARED names (default: `shared` next to the checkout). A test
// that needs it skips with a message if it is absent:
//
//   const auto data = shared_data("goldens-models/tiny-bge-m3.texts.jsonl");
//   if (!data) GTEST_SKIP() << missing_shared_data();
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace rappel {

// `shared/data/<relative>` if it exists.
std::optional<std::filesystem::path> shared_data(const std::string& relative);

// The text for GTEST_SKIP: "reference data not found: set RAPPEL_SHARED ..".
std::string missing_shared_data();

// Creates `into`/<name>, a complete folder of the model testdata/models/<name> (mini-*, always present) or
// else shared/data/models/<name> (tiny-*). Its files are symbolic links; a file `X.path` (one line, a
// relative path) becomes a link X to that path. nullopt if the model is absent.
std::optional<std::filesystem::path> linked_model(const std::string& name, const std::filesystem::path& into);

// The published all-MiniLM-L6-v2: RAPPEL_MINILM, or models/all-MiniLM-L6-v2 (scripts/fetch-models
// all-MiniLM-L6-v2).
std::optional<std::filesystem::path> minilm_model();

}  // namespace rappel
