// Texts of MCP's answers: their size, and names and addresses of documents.
//
// Clients break or spill answers that are too large: ChatGPT those above 100 000 characters. A tool's result
// stands in its answer twice, as an object and as text with that object as JSON, where quotes are escaped
// twice.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "store/metadata.h"

namespace rappel::mcp {

// Bytes of an answer that the text of a document may take; the rest is for its metadata and the message.
inline constexpr std::size_t kTextBudget = 80'000;
// .. that a list may take.
inline constexpr std::size_t kListBudget = 40'000;
inline constexpr std::size_t kTitleBytes = 200;

// Bytes that a tool's answer has because of this text: as a member of the object, and once more.
std::size_t written_bytes(std::string_view text);
// The longest beginning of valid UTF-8 whose written_bytes() fit, in whole characters; if something is left
// out, it ends after a blank where there is one near the end.
std::string_view within_budget(std::string_view text, std::size_t budget);

// The text, or its beginning with "..", in at most `most` bytes.
std::string shortened(std::string_view text, std::size_t most);

// A document's title: its metadata's title, the name of its file, the first words of `text`, or its id. Never
// empty.
std::string title_of(const Metadata& metadata, std::string_view text, const std::string& id);
// Whether the title does not depend on the text.
bool has_title(const Metadata& metadata);

// "a b/c" -> "a%20b%2Fc"
std::string percent_encoded(std::string_view text);
// "rappel://doc/ID"
std::string document_uri(const std::string& id);
// The document's own address, else the one of this server below `base` ("https://docs.example.org"), else its
// URI. Never empty.
std::string url_of(const Metadata& metadata, const std::string& id, const std::string& base);

}  // namespace rappel::mcp
