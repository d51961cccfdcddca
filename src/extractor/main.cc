// rappel-extract: reads one file from its standard input (ingest/content/read_request.h) and writes its
// content to its standard output (ingest/content/wire.h), in a sandbox. The program rappel starts it.
//
//   rappel-extract                reads one file
//   rappel-extract --zygote TYPE  reads many, each in a child process (extractor/zygote.h): files of the
//                                 media type, and of all types that need no library of their own
//   .. --ocr LANGUAGES SECONDS    of both: reads images and scanned pages too, in these languages ("": those
//                                 that are installed) and with so much CPU time for it
//   rappel-extract --convert PROGRAM TARGET
//                                 converts a document of an old Office format with LibreOffice
//                                 (extractor/conversion/convert.h); not in the sandbox, and reads none of it
//   rappel-extract --protection   says in JSON which layers of the sandbox this system gives
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/os/allocator.h"
#include "codec/json.h"
#include "extractor/answer.h"
#include "extractor/conversion/convert.h"
#include "extractor/incoming.h"
#include "extractor/ocr/languages.h"
#include "extractor/ocr/ocr_mode.h"
#include "extractor/output.h"
#include "extractor/pdf/pdfium.h"
#include "extractor/readers.h"
#include "extractor/sandbox.h"
#include "ingest/extract/office_converter.h"

namespace rappel::extractor {
namespace {

constexpr std::size_t kHeap = std::size_t{16} << 20;  // most files take less

Answering answering(const OcrMode& ocr) { return {find_reader, ocr.status(), ocr.recognizer()}; }

// Nothing looks into the bytes before the sandbox is closed, but the test of the type.
int read_one(const OcrMode& ocr) {
  const Result<Incoming> in = Incoming::take(Stream::kPipe);
  if (in.ok()) (void)prepare_reader(type_of(*in).media_type);
  Sandbox sandbox(ocr.limits());
  sandbox.close_files();
  return sandbox.close_process() ? answer(in, answering(ocr)) : 1;
}

// A zygote without its library is of no use: it would not see that it is installed later.
int read_many(std::string_view media_type, const OcrMode& ocr) {
  if (!prepare_reader(media_type) || !ocr.status().ok()) return 1;
  reserve_heap(kHeap, media_type == "application/pdf" ? Pages::kHuge : Pages::kSmall);
  Sandbox sandbox(ocr.limits());
  sandbox.close_files();
  return answer_as_zygote(sandbox, answering(ocr));
}

int say_protection() {
  const bool reads_pdf = load_pdfium();
  const auto languages = ocr::installed_languages();
  Sandbox sandbox;
  sandbox.close_files();
  if (!sandbox.close_process()) return 1;
  const Json json = {{"layers", sandbox.layers()},
                     {"missing", sandbox.missing()},
                     {"pdf", reads_pdf},
                     {"ocr", languages.ok() ? Json(*languages) : Json::array()}};
  return write_out(dump_json(json) + "\n").ok() ? 0 : 1;
}

int convert_document(const std::string& program, const std::string& target) {
  const Result<std::string> converted = convert_input({program, target});
  if (converted.ok()) return write_out(*converted).ok() ? 0 : 1;
  std::fputs(converted.status().message().c_str(), stderr);
  return converted.status().code() == Code::kUnavailable ? kConversionImpossible : 1;
}

}  // namespace
}  // namespace rappel::extractor

int main(int count, char** arguments) {
  using namespace rappel::extractor;
  rappel::keep_freed_memory();
  std::vector<std::string> words(arguments + 1, arguments + count);
  if (words.size() == 1 && words[0] == "--protection") return say_protection();
  OcrMode ocr;
  if (words.size() >= 3 && words[words.size() - 3] == "--ocr") {
    ocr = OcrMode(words[words.size() - 2], std::atoi(words.back().c_str()));
    words.resize(words.size() - 3);
  }
  if (words.size() == 3 && words[0] == "--convert") return convert_document(words[1], words[2]);
  if (words.size() == 2 && words[0] == "--zygote") return read_many(words[1], ocr);
  if (words.empty()) return read_one(ocr);
  std::fputs("rappel-extract is started by rappel; use `rappel extract FILE..`\n", stderr);
  return 2;
}
