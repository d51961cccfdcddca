// The standard output of this process.
#pragma once

#include <string_view>

#include "base/status.h"

namespace rappel::extractor {

// All of the bytes. kUnavailable: nobody reads them.
Status write_out(std::string_view bytes);

}  // namespace rappel::extractor
