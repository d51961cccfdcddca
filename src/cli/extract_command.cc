// rappel extract: the text and the structure of files, for people and for tests.
#include <fmt/format.h>

#include <filesystem>
#include <ostream>
#include <system_error>

#include "base/escape_controls.h"
#include "base/os/file.h"
#include "cli/command.h"
#include "cli/stop_signal.h"
#include "cli/walk_args.h"
#include "config/settings.h"
#include "ingest/extract/child_reader.h"
#include "ingest/extract/file_type.h"
#include "ingest/source/file_document.h"
#include "ingest/source/walk.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

class Extraction {
 public:
  explicit Extraction(CommandContext& context)
      : console_(context.console),
        out_folder_(context.options.text("--out")),
        password_(context.options.text("--password")),
        reading_(read_options(context.options)),
        json_(context.options.boolean("--json")),
        max_bytes_(static_cast<std::size_t>(context.options.integer("RAPPEL_MAX_FILE_MB")) << 20) {}

  // False: a message says what failed.
  bool run(const FoundFile& file, const std::stop_token& stop) {
    const std::string name = shown_name(file);
    const auto bytes = read_found(file, max_bytes_);
    if (!bytes.ok()) return failed(bytes.status());
    const bool nameless = file.stream >= 0 && file.name.empty();
    const FileHint hint{name, nameless ? "text/plain" : "", ""};
    const ReadCall call{.cancel = stop, .password = password_, .file = bytes->file(), .options = reading_};
    const auto read = read_in_child(bytes->view(), hint, call);
    if (const Status whole = bytes->check(); !whole.ok()) return failed(whole);
    if (!read.ok()) return failed(read.status());
    for (const std::string& warning : read->content.warnings)
      *console_.err << "rappel: warning: " << escape_controls(name + ": " + warning) << "\n";
    const std::string json =
        json_of(read->content, read->text, detect_file_type(bytes->view(), hint).media_type);
    if (out_folder_.empty()) {
      *console_.out << (json_ ? json : read->text.text) << "\n";
      return true;
    }
    const fs::path target = fs::path(out_folder_) / fs::path(nameless ? "standard-input" : file.name);
    std::error_code error;
    fs::create_directories(target.parent_path(), error);
    Status written = write_file_atomic(target.string() + ".txt", read->text.text);
    if (written.ok()) written = write_file_atomic(target.string() + ".json", json);
    return written.ok() || failed(written);
  }

  bool failed(const Status& status) {
    (void)console_.fail(kExitFailed, status);
    return false;
  }

 private:
  const Console& console_;
  const std::string out_folder_, password_;
  const ReadOptions reading_;
  const bool json_;
  const std::size_t max_bytes_;
};

}  // namespace

int run_extract(CommandContext& context) {
  const FoundFiles found = find_files(context.arguments, walk_options(context));
  Extraction extraction(context);
  const StopRequest stop;
  bool all = true;
  for (const std::string& problem : found.problems)
    all = extraction.failed(Status(Code::kInvalidArgument, problem));
  for (const auto* list : {&found.manifests, &found.texts})
    for (const FoundFile& file : *list)
      if (!stop.raised()) all = extraction.run(file, stop.token()) && all;
  return all && !stop.raised() ? kExitOk : kExitFailed;
}

}  // namespace rappel
