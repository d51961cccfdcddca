#include "ingest/extract/reader_program.h"

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <utility>

#include "base/os/child.h"
#include "base/os/process.h"
#include "codec/json.h"
#include "ingest/content/read_request.h"
#include "ingest/content/wire.h"
#include "ingest/extract/file_type.h"
#include "ingest/extract/zygote.h"

namespace rappel {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kWallTime = std::chrono::seconds(60);

ZygotePool zygotes;

// Types whose readers need libraries that the others do without. One zygote serves all others.
std::string zygote_type(std::string_view bytes, const FileHint& hint) {
  std::string type = detect_file_type(bytes, hint).media_type;
  for (const std::string_view own : {"application/pdf", "message/rfc822", "application/mbox"})
    if (type == own) return type;
  return "text/plain";
}

// A child that ended without an outcome.
std::string death_of(const ChildEnd& end) {
  switch (end.code - 128) {
    case SIGXCPU:
    case SIGKILL: return "reading it takes too long";
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

// One try to read the file, within the limits.
class Attempt {
 public:
  Attempt(std::string_view bytes, std::string_view head, const ReadCall& call, ContentSink& sink)
      : cancel_(call.cancel), parser_(sink, call.memory) {
    command_.arguments = {extract_program().string()};
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
      return Reading{wrong_file(fmt::format("reading it takes more than {} s", kWallTime.count())), true};
    if (!parsed_.ok())
      return Reading{wrong_file(parsed_.message()), parsed_.code() != Code::kResourceExhausted};
    const std::optional<Status>& outcome = parser_.outcome();
    if (!outcome && end.status().code() == Code::kUnavailable) return std::nullopt;
    if (!outcome && !end.ok()) return not_started(end.status());
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
  const Clock::time_point deadline_ = Clock::now() + kWallTime;
  std::stop_source stop_;
  ContentParser parser_;
  Status parsed_;
  bool late_ = false;
  ChildCommand command_;
};

}  // namespace

Result<Reading> read_with_program(std::string_view bytes, const FileHint& hint, const ReadCall& call,
                                  const ContentBounds& bounds, CollectedContent& content) {
  const std::string head = head_of({hint.name, hint.media_type, hint.charset, call.password});
  const std::size_t held = call.memory != nullptr ? call.memory->bytes() : 0;
  const std::string type = zygote_type(bytes, hint);
  if (auto zygote = zygotes.take(extract_program().string(), type)) {
    bool usable = false;
    const auto reading = Attempt(bytes, head, call, content).run([&](const auto&... arguments) {
      auto end = zygote->read(arguments...);
      usable = end.ok();
      return end;
    });
    if (usable) zygotes.give_back(type, std::move(zygote));
    if (reading) return *reading;
    zygotes.note_loss(type);
    content = CollectedContent(bounds, call.memory);
    if (call.memory != nullptr) call.memory->shrink_to(held);
  }
  const auto reading = Attempt(bytes, head, call, content).run(run_child);
  return reading ? *reading : not_started(Status(Code::kUnavailable, "no process can be started"));
}

Result<Protection> protection_of_readers(const std::stop_token& cancel) {
  std::string text;
  const ChildCommand command{{extract_program().string(), "--protection"}, {}, {}, {}};
  const auto end = run_child(
      command, [&](std::string_view part) { text += part; }, cancel);
  if (!end.ok()) return not_started(end.status());
  RAPPEL_ASSIGN(const Json json, parse_json(text));
  Protection protection;
  for (const auto& [name, list] : {std::pair("layers", &protection.layers), {"missing", &protection.missing}})
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
