// rappel-extract: reads one file from its standard input and writes its content to its standard output
// (ingest/content/wire.h), in a sandbox. The program rappel starts it for every file that it does not read
// itself.
//
//   rappel-extract               RAPPEL_FILE_NAME, _TYPE, _CHARSET and _PASSWORD may say more about the file
//   rappel-extract --protection  says in JSON which layers of the sandbox this system gives
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <string>

#include "codec/json.h"
#include "extractor/pdf/pdfium.h"
#include "extractor/readers.h"
#include "extractor/sandbox.h"
#include "ingest/content/wire.h"
#include "ingest/extract/file_type.h"

namespace rappel::extractor {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Status write_out(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Status(Code::kUnavailable, "the pipe is closed");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Result<std::string> read_in() {
  std::string bytes;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t count = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Status(Code::kUnavailable, std::strerror(errno));
    if (count == 0) return bytes;
    bytes.append(buffer, static_cast<std::size_t>(count));
  }
}

Status read(const Reader& reader, const Source& source, ContentSink& sink) {
  try {
    return reader.read(source, sink);
  } catch (const std::bad_alloc&) {
    return Status(Code::kResourceExhausted, "it needs more memory than one file may take");
  } catch (const std::exception& error) {  // of a library
    return Status(Code::kInternal, error.what());
  }
}

// Nothing looks into the bytes before the sandbox is closed, but the test of the type.
Status read_in_sandbox(const FileHint& hint, const std::string& password, ContentSink& sink) {
  RAPPEL_ASSIGN(const std::string bytes, read_in());
  const FileType type = detect_file_type(bytes, hint);
  const Reader* reader = find_reader(type.media_type);
  if (reader == nullptr) return Status(Code::kUnsupported, "it is " + type.what + "; " + type.advice);
  prepare_reader(type.media_type);
  close_sandbox({});
  return read(*reader, {bytes, hint.name, hint.charset, password}, sink);
}

int say_protection() {
  const bool reads_pdf = load_pdfium();
  const Sandbox sandbox = close_sandbox({});
  Json json = {{"layers", sandbox.layers}, {"missing", sandbox.missing}, {"pdf", reads_pdf}};
  const std::string text = dump_json(json) + "\n";
  return write_out(text).ok() ? 0 : 1;
}

int run() {
  const FileHint hint{variable("RAPPEL_FILE_NAME"), variable("RAPPEL_FILE_TYPE"),
                      variable("RAPPEL_FILE_CHARSET")};
  const std::string password = variable("RAPPEL_FILE_PASSWORD");
  ContentWriter writer(write_out);
  const Status outcome = read_in_sandbox(hint, password, writer);
  return writer.end(outcome).ok() ? 0 : 1;
}

}  // namespace
}  // namespace rappel::extractor

int main(int count, char** arguments) {
  using namespace rappel::extractor;
  if (count == 2 && std::string_view(arguments[1]) == "--protection") return say_protection();
  if (count == 1) return run();
  std::fputs("rappel-extract is started by rappel; use `rappel extract FILE..`\n", stderr);
  return 2;
}
