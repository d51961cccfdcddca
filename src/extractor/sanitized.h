// Whether the program is built with a sanitizer, which needs more memory and other system calls.
#pragma once

namespace rappel::extractor {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace rappel::extractor
