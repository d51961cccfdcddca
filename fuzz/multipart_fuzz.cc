// Tests the multipart form parser, then the upload reader with its metadata JSON (rappel_server_requests).
// The first line of the input is the Content-Type of the request, the rest its body.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "server/input/upload.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t line = input.find('\n');
  const std::string_view type =
      line == std::string_view::npos ? "multipart/form-data; boundary=b" : input.substr(0, line);
  const std::string_view body = line == std::string_view::npos ? input : input.substr(line + 1);
  const auto form = rappel::read_multipart(type, body);
  if (form.ok()) {
    for (const rappel::FormPart& part : *form)
      if (!part.data.empty() &&
          (part.data.data() < body.data() || part.data.data() + part.data.size() > body.data() + body.size()))
        __builtin_trap();
  }
  const auto files = rappel::read_form(type, body, 10);
  if (const auto* read = std::get_if<std::vector<rappel::FormFile>>(&files))
    (void)rappel::fingerprint_of(*read);
  return 0;
}
