// Mails as parts: the adapter of GMime, which finds the parts and undoes their transfer encodings. Headers
// stay as they are in the file (mail_header.h decodes them), because GMime would convert charsets with data
// that the process may not open.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

namespace rappel::extractor {

// Opens GMime, before a sandbox closes the file system; false if it is not installed.
bool load_mail_library();

struct MailPart {
  std::string type = {};                                          // "text/plain", lower case
  std::vector<std::pair<std::string, std::string>> headers = {};  // names in lower case, raw values
  std::string bytes = {};  // decoded; of a message within: as a file of its own; of a multipart: none
  bool verbatim = false;   // its bytes had no transfer encoding
  std::size_t end = 0;     // the part after its last descendant

  // The first one; "" if it is not there.
  std::string_view header(std::string_view name) const;
};

// The message itself is parts[0], with its headers; a part stands before its descendants. The headers of the
// message and those of its only or outermost part are together in parts[0].
using MailParts = std::vector<MailPart>;

// Calls `message` for each; a failure of it ends the reading and is returned. False: no message was found.
// Error: kUnsupported (GMime is not installed).
Result<bool> read_mails(std::string_view bytes, bool mailbox,
                        const std::function<Status(const MailParts&)>& message);

// RFC 3339; "" if it is no date.
std::string mail_time(const std::string& date);

}  // namespace rappel::extractor
