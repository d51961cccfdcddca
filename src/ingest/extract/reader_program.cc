#include "ingest/extract/reader_program.h"

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <utility>

#include "base/os/child.h"
#include "base/os/file.h"
#include "base/os/process.h"
#include "codec/json.h"
#include "ingest/content/read_request.h"
#include "ingest/content/wire.h"
#include "ingest/extract/file_type.h"
#include "ingest/extract/zygote.h"

namespace rappel {
namespace {

using Clock = std::chrono::steady_clock;

ZygotePool zygotes;

constexpr const char* kArchives = "application/zip";

bool is_office(const std::string& media_type) {
  return media_type.starts_with("application/vnd.openxmlformats-officedocument.") ||
         media_type.starts_with("application/vnd.oasis.opendocument.");
}

// Types whose readers need libraries that the others do without. One zygote serves all others.
std::string zygote_type(std::string_view bytes, const FileHint& hint) {
  FileType type = detect_file_type(bytes, hint);
  if (type.is_archive) return kArchives;
  if (is_office(type.media_type)) return kOfficeZygote;
  for (const std::string_view own : {"application/pdf", "message/rfc822", "application/mbox"})
    if (type.media_type == own) return std::move(type.media_type);
  return "text/plain";
}

// Smaller ones are written faster than they are mapped.
constexpr std::size_t kLeastMapped = std::size_t{256} << 10;

// The file that holds the bytes, if the process that reads them may map it. Null: they are written to it.
const MappedFile* file_of(std::string_view bytes, const ReadCall& call) {
  if (call.file == nullptr || bytes.size() < kLeastMapped) return nullptr;
  const auto whole = call.file->bytes();
  const auto* const begin = reinterpret_cast<const std::byte*>(bytes.data());
  const bool inside = begin >= whole.data() && begin + bytes.size() <= whole.data() + whole.size();
  return inside ? call.file : nullptr;
}

std::string head_for(const FileHint& hint, const ReadCall& call) {
  return head_of({hint.name, hint.media_type, hint.charset, call.password});
}

// For bytes that lie in `file`.
std::string head_for(const FileHint& hint, const ReadCall& call, std::string_view bytes,
                     const MappedFile& file) {
  const auto offset =
      static_cast<std::uint64_t>(reinterpret_cast<const std::byte*>(bytes.data()) - file.bytes().data());
  return head_of({hint.name, hint.media_type, hint.charset, call.password, FilePart{offset, bytes.size()}});
}

// A child that ended without an outcome.
std::string death_of(const ChildEnd& end) {
  switch (end.code - 128) {
    case SIGXCPU:
    case SIGKILL: return "reading it takes too long";
    case SIGTRAP: return "reading it takes more memory than a reader may have";  // GLib ends so
    case SIGSEGV:
    case SIGBUS:
    case SIGABRT:
    case SIGILL:
    case SIGFPE: return fmt::format("the reader crashed (signal {})", end.code - 128);
    default: return fmt::format("the reader ended with code {}", end.code);
  }
}

Status wrong_file(std::string reason) { return Status(Code::kInvalidArgument, std::move(reason)); }

Status not_started(const Status& cause) {
  return Status(Code::kFailedPrecondition,
                "the program rappel-extract, which reads this type of file, is missing or cannot be started; "
                "install it beside rappel",
                cause.to_string());
}

// Another program has cut the file, and the reader died when it read beyond its end.
bool was_cut(const MappedFile* file, const ChildEnd& end) {
  return file != nullptr && end.code == 128 + SIGBUS && !file->check().ok();
}

// One try to read the file, within the limits.
class Attempt {
 public:
  // `file`: that the process maps; null: `bytes` are written to it.
  Attempt(std::string_view bytes, std::string_view head, const ReadCall& call, const MappedFile* file,
          ContentSink& sink, const ReaderMode& mode)
      : cancel_(call.cancel), file_(file), wall_time_(mode.wall_time), parser_(sink, call.memory) {
    command_.arguments = {extract_program().string()};
    command_.arguments.insert(command_.arguments.end(), mode.arguments.begin(), mode.arguments.end());
    command_.head = head;
    command_.input = bytes;
    command_.waiting = [this] { look(); };
    command_.passed = call.passed;
  }

  using Run =
      std::function<Result<ChildEnd>(const ChildCommand&, const ChildOutput&, const std::stop_token&)>;
  // Nothing: the process was lost, and not by the fault of the file.
  std::optional<Result<Reading>> run(const Run& run) {
    const auto end = run(
        command_, [this](std::string_view part) { hear(part); }, stop_.get_token());
    if (cancel_.stop_requested()) return Status(Code::kCancelled, "reading the file was cancelled");
    if (is_lack_of_memory(parsed_)) return parsed_;
    if (late_)
      return Reading{wrong_file(fmt::format("reading it takes more than {} s", wall_time_.count())), true};
    if (!parsed_.ok())
      return Reading{wrong_file(parsed_.message()), parsed_.code() != Code::kResourceExhausted};
    const std::optional<Status>& outcome = parser_.outcome();
    if (!outcome && end.status().code() == Code::kUnavailable) return std::nullopt;
    if (!outcome && !end.ok()) return not_started(end.status());
    if (!outcome && was_cut(file_, *end))
      return Reading{wrong_file("another program cut it while it was read; read it again when it is whole")};
    if (!outcome) return Reading{wrong_file(death_of(*end)), true};
    if (outcome->ok()) return Reading();
    return Reading{outcome->code() == Code::kUnsupported ? *outcome : wrong_file(outcome->message())};
  }

 private:
  void look() {
    late_ = late_ || Clock::now() > deadline_;
    if (late_ || cancel_.stop_requested()) stop_.request_stop();
  }
  void hear(std::string_view part) {
    if (parsed_.ok()) parsed_ = parser_.add(part);
    if (!parsed_.ok()) stop_.request_stop();
  }

  const std::stop_token cancel_;
  const MappedFile* const file_;
  const std::chrono::seconds wall_time_;
  const Clock::time_point deadline_ = Clock::now() + wall_time_;
  std::stop_source stop_;
  ContentParser parser_;
  Status parsed_;
  bool late_ = false;
  ChildCommand command_;
};

}  // namespace

Result<Reading> read_with_program(std::string_view bytes, const FileHint& hint, const ReadCall& call,
                                  const BeginContent& begin, const ReaderMode& mode) {
  ZygoteKind kind = {mode.zygote.empty() ? zygote_type(bytes, hint) : mode.zygote};
  kind.insert(kind.end(), mode.arguments.begin(), mode.arguments.end());
  if (auto zygote = zygotes.take(extract_program().string(), kind)) {
    const MappedFile* const file = file_of(bytes, call);
    const std::string head = file != nullptr ? head_for(hint, call, bytes, *file) : head_for(hint, call);
    const std::string_view written = file != nullptr ? std::string_view() : bytes;
    bool usable = false;
    const auto reading = Attempt(written, head, call, file, begin(), mode).run([&](const auto&... arguments) {
      auto end = zygote->read(arguments..., file != nullptr ? file->descriptor() : -1);
      usable = end.ok();
      return end;
    });
    if (usable) zygotes.give_back(kind, std::move(zygote));
    if (reading && file != nullptr && call.passed) call.passed(bytes);
    if (reading) return *reading;
    zygotes.note_loss(kind);
  }
  // A pipe passes no descriptor.
  const std::string head = head_for(hint, call);
  const auto reading = Attempt(bytes, head, call, nullptr, begin(), mode).run(run_child);
  return reading ? *reading : not_started(Status(Code::kUnavailable, "no process can be started"));
}

ReaderMode archive_mode() { return {.zygote = kArchives}; }

ReaderMode ocr_mode(const ReadOptions& options) {
  const std::chrono::seconds time = options.ocr_time;
  // The machine may be busy. The process has its own limit of CPU time.
  return {
      "", {"--ocr", options.ocr_languages, std::to_string(time.count())}, 3 * time + std::chrono::minutes(2)};
}

Result<Protection> protection_of_readers(const std::stop_token& cancel) {
  std::string text;
  const ChildCommand command{{extract_program().string(), "--protection"}, {}, {}, {}};
  const auto end = run_child(
      command, [&](std::string_view part) { text += part; }, cancel);
  if (!end.ok()) return not_started(end.status());
  RAPPEL_ASSIGN(const Json json, parse_json(text));
  Protection protection;
  for (const auto& [name, list] :
       {std::pair("layers", &protection.layers), {"missing", &protection.missing}, {"ocr", &protection.ocr}})
    for (const Json& item : json.value(name, Json::array())) list->push_back(item.get<std::string>());
  protection.reads_pdf = json.value("pdf", false);
  return protection;
}

std::filesystem::path extract_program() {
  if (const char* program = std::getenv("RAPPEL_EXTRACT"); program != nullptr && *program != '\0')
    return program;
  return own_program().parent_path() / "rappel-extract";
}

}  // namespace rappel
