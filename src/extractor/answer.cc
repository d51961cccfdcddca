#include "extractor/answer.h"

#include <exception>
#include <new>
#include <string>

#include "codec/whole_inflate.h"
#include "extractor/output.h"
#include "extractor/zygote.h"
#include "ingest/content/wire.h"

namespace rappel::extractor {
namespace {

Status read(const Reader& reader, const Source& source, ContentSink& sink) {
  try {
    return reader.read(source, sink);
  } catch (const std::bad_alloc&) {
    return Status(Code::kResourceExhausted, "it needs more memory than one file may take");
  } catch (const std::exception& error) {  // of a library
    return Status(Code::kInternal, error.what());
  }
}

Status read_file(const Incoming& in, const Answering& how, ContentSink& sink) {
  RAPPEL_TRY(how.ready);
  const FileType type = type_of(in);
  const Reader* reader = how.find_reader(type.media_type);
  if (reader == nullptr) return Status(Code::kUnsupported, "it is " + type.what + "; " + type.advice);
  const ReadRequest& request = in.request();
  return read(*reader, {in.file(), request.name, request.charset, request.password, how.ocr}, sink);
}

}  // namespace

FileType type_of(const Incoming& in) {
  const ReadRequest& request = in.request();
  return detect_file_type(in.file(), {request.name, request.media_type, request.charset});
}

int answer(const Result<Incoming>& in, const Answering& how) {
  ContentWriter writer(write_out);
  const Status outcome = in.ok() ? read_file(*in, how, writer) : in.status();
  return writer.end(outcome).ok() ? 0 : 1;
}

int answer_as_zygote(Sandbox& sandbox, const Answering& how) {
  prepare_whole_inflate();
  return serve_as_zygote([&] {
    const Result<Incoming> in = Incoming::take(Stream::kSocket);
    return sandbox.close_process(in.ok() ? in->memory() : 0) ? answer(in, how) : 1;
  });
}

}  // namespace rappel::extractor
