// Random numbers from the operating system (cryptographic quality).
#pragma once

#include <cstddef>
#include <string>

namespace rappel {

// 2 * bytes lower-case hex digits.
std::string random_hex(std::size_t bytes);

// RFC 4122 version 4 UUID, "9b2f1c1e-....".
std::string random_uuid();

}  // namespace rappel
