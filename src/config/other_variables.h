// Variables outside the table of options: those that libraries and stores read by their common names, and
// those of the Python service that have no effect here.
#pragma once

#include <span>
#include <string_view>

namespace rappel {

// A variable that rappel passes on to the Hub and to stores as it is.
struct PassedVariable {
  std::string_view name;
  bool is_path = false;     // a relative path in a settings file counts from the file's folder
  bool of_network = false;  // proxies and certificates, for every connection that rappel opens
};
std::span<const PassedVariable> passed_variables();
// Null: not one of them.
const PassedVariable* passed_variable(std::string_view name);

struct IgnoredVariable {
  const char* name;  // a trailing * stands for any ending
  const char* reason;
};
std::span<const IgnoredVariable> ignored_variables();
// The entry for a variable; null for a setting of rappel and for an unknown variable.
const IgnoredVariable* ignored_variable(std::string_view name);

}  // namespace rappel
