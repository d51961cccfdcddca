// Fault ids in text: how a log line or a string that is not a Status carries the stable id of a fault, and
// how `rappel doctor` reads it again. Status::to_string() writes the same form.
//
// The form is " [id]", where an id is lower-case words joined by hyphens: "port-taken". The table of ids is
// src/doctor/troubles.cc; tests/error_ids_test.py compares it with every place that writes one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rappel {

// " [port-taken]" for a log line; "" for the empty id.
std::string fault_mark(std::string_view id);

// The ids in a text, in their order, without the brackets. They are views into `text`.
std::vector<std::string_view> fault_ids(std::string_view text);

}  // namespace rappel
