// Content coding: bodies that are sent compressed (Content-Encoding, RFC 9110, 8.4).
//
// A worker decodes them: the I/O threads have other clients. The result counts in the budgets as a body
// that was sent as it is, is bounded by the same limit, and by kMaxRatio, so a bomb costs little.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "server/http/body.h"
#include "server/http/headers.h"
#include "server/http/refusal.h"

namespace rappel {

// Beyond the first kFreeBytes a body may become so many times larger, and no more.
inline constexpr std::size_t kMaxRatio = 200;
inline constexpr std::size_t kFreeBytes = std::size_t{1} << 20;

// The refusal of a request whose coding is not known, or that has several. To be asked before its body is
// read.
std::optional<Refusal> refuse_coding(const Headers& headers);

// Replaces the complete body of a request with these headers by what it means; most stay as they are. `limit`
// bounds its size.
std::optional<Refusal> decode_body(const Headers& headers, std::size_t limit, std::shared_ptr<Body>& body);

}  // namespace rappel
