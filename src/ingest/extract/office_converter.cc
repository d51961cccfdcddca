#include "ingest/extract/office_converter.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "base/os/child.h"
#include "ingest/extract/reader_program.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

bool is_program(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error) && ::access(path.c_str(), X_OK) == 0;
}

std::vector<fs::path> folders() {
  std::vector<fs::path> found;
  const char* variable = std::getenv("PATH");
  for (std::string_view rest = variable != nullptr ? variable : ""; !rest.empty();) {
    const std::string_view folder = rest.substr(0, rest.find(':'));
    if (folder.starts_with('/')) found.emplace_back(folder);
    rest.remove_prefix(std::min(folder.size() + 1, rest.size()));
  }
  for (const char* usual : {"/usr/bin", "/usr/lib/libreoffice/program", "/opt/libreoffice/program",
                            "/Applications/LibreOffice.app/Contents/MacOS"})
    found.emplace_back(usual);
  return found;
}

}  // namespace

std::string office_program(const ReadOptions& options) {
  if (options.office == "off") return "";
  if (!options.office.empty()) return options.office;
  for (const fs::path& folder : folders())
    for (const char* name : {"soffice", "libreoffice"})
      if (is_program(folder / name)) return (folder / name).string();
  return "";
}

Result<std::string> convert_office(std::string_view document, const std::string& program,
                                   const std::string& target, const std::stop_token& cancel) {
  std::error_code error;
  const std::string folder = fs::temp_directory_path(error).string();
  ChildCommand command{{extract_program().string(), "--convert", program, target}, {}, document, {}};
  if (!error) command.environment["TMPDIR"] = folder;
  std::string converted;
  bool large = false;
  const auto end = run_child(
      command,
      [&](std::string_view part) {
        large = large || converted.size() + part.size() > kMostConverted;
        if (!large) converted += part;
      },
      cancel);
  if (!end.ok() && end.status().code() == Code::kCancelled) return end.status();
  if (!end.ok())
    return Status(Code::kUnsupported,
                  "the program rappel-extract, which starts LibreOffice, cannot be started",
                  end.status().message());
  if (large)
    return Status(Code::kInvalidArgument,
                  fmt::format("LibreOffice makes more than {} MB of it", kMostConverted >> 20));
  if (end->code == 0) return converted;
  return Status(end->code == kConversionImpossible ? Code::kUnsupported : Code::kInvalidArgument,
                end->errors.empty() ? "LibreOffice was stopped while it converted the file" : end->errors);
}

}  // namespace rappel
