// Globs: patterns of file names, as git's ignore files and shells write them.
//
//   *      any characters but '/'            ?      one character but '/'
//   [a-z]  one of a set; [!..] none of it    \x     x itself
//   **     between slashes, or at an end: any number of folders
//
// Bytes are compared. The time is bounded by the product of both lengths, whatever the pattern. Pure
// functions.
#pragma once

#include <string_view>

namespace rappel {

// Whether all of `path` matches. A malformed pattern matches nothing.
bool glob_matches(std::string_view pattern, std::string_view path);

// Where the first special character is: everything before it stands for itself.
std::size_t glob_literal_prefix(std::string_view pattern);

inline bool is_glob(std::string_view text) { return glob_literal_prefix(text) < text.size(); }

}  // namespace rappel
