// Metadata that people give for files: with the command, in a file beside the file, and in the front matter
// of Markdown.
//
// Where several give the same key, the first of these counts: the command, NAME.meta.json, the front matter,
// the properties of the file (properties.h), the description of the file (file_document.h).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "store/metadata.h"

namespace rappel {

// The values of `over` replace those of `metadata`.
void overlay(const Metadata& over, Metadata& metadata);

// The file beside `path` that holds its metadata: NAME.meta.json.
std::filesystem::path sidecar_of(const std::filesystem::path& path);
// The file whose metadata a file of such a name holds; nothing for other names.
std::optional<std::filesystem::path> file_of_sidecar(const std::filesystem::path& path);
// Whether `path` is such a file, of a file that is there.
bool is_sidecar(const std::filesystem::path& path);

// The text of the sidecar; nothing if there is none. kInvalidArgument for a link, kResourceExhausted beyond
// 256 KiB.
Result<std::optional<std::string>> read_sidecar(const std::filesystem::path& path);
// One JSON object with metadata as of a request. The message does not name the file.
Result<Metadata> parse_sidecar(std::string_view text);

// The block between lines of "---" at the start of a Markdown text: keys with texts, numbers, true, false or
// lists of texts. Nested values, and lines that are no such pair, are left out. Fields of documents are set
// where they can be read.
Metadata front_matter(std::string_view text);

}  // namespace rappel
