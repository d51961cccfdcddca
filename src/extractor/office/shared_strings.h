// The strings of an XLSX workbook that cells share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace rappel::extractor {

class SharedStrings {
 public:
  // Reads xl/sharedStrings.xml. After a failure the strings before the fault are there.
  Status load(std::string_view xml);
  // Empty if there is none.
  std::string_view find(std::size_t index) const;

 private:
  friend class SharedStringsReader;
  std::string text_;
  std::vector<std::uint32_t> ends_;
};

}  // namespace rappel::extractor
