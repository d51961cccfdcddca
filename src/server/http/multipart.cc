#include "server/http/multipart.h"

#include <fmt/format.h>

#include <optional>

#include "base/utf8.h"
#include "server/http/headers.h"

namespace rappel {
namespace {

Status malformed(std::string why) { return Status(Code::kInvalidArgument, std::move(why)); }

bool valid_boundary(std::string_view boundary) {  // RFC 2046: 1 to 70 printable characters
  if (boundary.empty() || boundary.size() > 70) return false;
  for (const char c : boundary)
    if (c < 0x20 || c > 0x7E) return false;
  return boundary.back() != ' ';
}

std::string clean_name(std::string_view raw) {
  std::string name = utf8_repair(raw).text;
  std::erase_if(name, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F; });
  return name;
}

// filename*=UTF-8''a%20b.txt (RFC 5987), which some clients send beside or instead of filename.
std::optional<std::string> extended_filename(std::string_view disposition) {
  std::string value;
  if (!header_parameter(disposition, "filename*", value)) return std::nullopt;
  const std::size_t language = value.find('\'');
  const std::size_t text = language == std::string::npos ? language : value.find('\'', language + 1);
  if (text == std::string::npos || lower_case(value.substr(0, language)) != "utf-8") return std::nullopt;
  return percent_decoded(std::string_view(value).substr(text + 1));
}

Status read_disposition(std::string_view value, FormPart& part) {
  if (media_type(value) != "form-data" || !header_parameter(value, "name", part.name))
    return malformed("a part's Content-Disposition must be form-data with a name");
  part.name = clean_name(part.name);
  std::string filename;
  part.is_file = header_parameter(value, "filename", filename);
  if (auto extended = extended_filename(value)) {
    part.is_file = true;
    filename = std::move(*extended);
  }
  part.filename = clean_name(filename);
  return {};
}

// Header lines without the empty one that ends them.
Status read_part_header(std::string_view lines, FormPart& part) {
  bool has_disposition = false;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find("\r\n"), lines.size());
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 2, lines.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0)
      return malformed("a part has a header line without a name");
    const std::string name = lower_case(trimmed(line.substr(0, colon)));
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (name == "content-type") part.content_type = value;
    if (name == "content-disposition") {
      RAPPEL_TRY(read_disposition(value, part));
      has_disposition = true;
    }
  }
  return has_disposition ? Status() : malformed("a part has no Content-Disposition header");
}

// body.find(delimiter, at), step by step.
std::size_t find_delimiter(std::string_view body, const std::string& delimiter, std::size_t at,
                           const MultipartBounds& bounds) {
  constexpr std::size_t kStep = std::size_t{8} << 20;
  for (;; at += kStep) {
    const std::string_view window = body.substr(at, kStep + delimiter.size() - 1);
    if (const std::size_t found = window.find(delimiter); found != std::string_view::npos) return at + found;
    if (bounds.passed) bounds.passed(window.substr(0, kStep));
    if (window.size() < kStep + delimiter.size() - 1) return std::string_view::npos;
  }
}

}  // namespace

Result<std::vector<FormPart>> read_multipart(std::string_view content_type, std::string_view body,
                                             const MultipartBounds& bounds) {
  std::string boundary;
  if (!header_parameter(content_type, "boundary", boundary))
    return malformed("Missing boundary in multipart.");
  if (!valid_boundary(boundary))
    return malformed("the multipart boundary must be 1 to 70 printable characters");
  const std::string delimiter = "\r\n--" + boundary;
  std::vector<FormPart> parts;

  // The first delimiter may stand at the very start, without its line break; what comes before it is a
  // preamble.
  std::size_t at = 0;
  if (body.substr(0, delimiter.size() - 2) == std::string_view(delimiter).substr(2)) {
    at = delimiter.size() - 2;
  } else if (at = find_delimiter(body, delimiter, 0, bounds); at != std::string_view::npos) {
    at += delimiter.size();
  } else {
    return malformed("the multipart body does not hold its boundary");
  }
  while (body.substr(at, 2) != "--") {  // the closing delimiter ends with two hyphens
    at = body.find_first_not_of(" \t", at);
    if (at == std::string_view::npos || body.substr(at, 2) != "\r\n")
      return malformed("a multipart boundary is not followed by a line break");
    if (parts.size() == bounds.parts)
      return malformed(fmt::format("more than {} multipart parts", bounds.parts));
    at += 2;
    const std::string_view window = body.substr(at, bounds.header_bytes + 4);
    // A part without any header starts with the empty line at once.
    const std::size_t header_end = window.substr(0, 2) == "\r\n" ? 0 : window.find("\r\n\r\n");
    if (header_end == std::string_view::npos)
      return malformed(fmt::format("a part's header does not end within {} bytes", bounds.header_bytes));
    FormPart part;
    RAPPEL_TRY(read_part_header(window.substr(0, header_end), part));
    const std::size_t data = at + header_end + 4;
    const std::size_t data_end =
        find_delimiter(body, delimiter, data - 2, bounds);  // an empty part shares its line break
    if (data_end == std::string_view::npos) return malformed("the multipart body ends inside a part");
    part.data = data_end < data ? std::string_view() : body.substr(data, data_end - data);
    parts.push_back(std::move(part));
    at = data_end + delimiter.size();
  }
  return parts;
}

}  // namespace rappel
