// `.env` files, read as python-dotenv reads them: `KEY=value`, `export KEY=value`, comments, 'single quotes'
// (\\ and \' are escapes), "double quotes" (the usual escapes), both may span lines; ${NAME} and
// ${NAME:-other} in every value, also a quoted one: from the environment first, then from earlier lines of
// the file, else empty. CRLF and a byte order mark are taken. A line that is none of this is passed over and
// named in `problems`. All references of a file together may put in 1 MiB.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/options.h"

namespace rappel {

struct EnvFile {
  std::map<std::string, EnvEntry> entries;  // the last assignment of a key wins
  std::vector<std::string> problems;        // "line 7: expected KEY=value"
  std::string refusal;  // why no line after this one was read, also in `problems`; else empty
};

EnvFile parse_env_file(std::string_view content, const Environment& environment);

}  // namespace rappel
