#include "extractor/office/package.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "ingest/content/read_request.h"

namespace rappel::extractor {
namespace {

// Endings of parts without text.
constexpr std::array<std::string_view, 34> kMedia = {
    ".png", ".jpg",  ".jpeg",  ".gif", ".bmp",   ".tif",     ".tiff", ".emf", ".wmf",
    ".wdp", ".svg",  ".webp",  ".ico", ".mp3",   ".mp4",     ".m4a",  ".m4v", ".mov",
    ".avi", ".wmv",  ".wav",   ".mpg", ".mpeg",  ".ogg",     ".webm", ".ttf", ".otf",
    ".ttc", ".woff", ".woff2", ".css", ".odttf", ".fntdata", ".xpm"};

// Folders and files that say how a document looks; no reader asks for them.
constexpr std::array<std::string_view, 14> kLooks = {
    "/theme/",        "/printersettings/",      "/handoutmasters/", "/notesmasters/",   "/presprops.xml",
    "/viewprops.xml", "/tablestyles.xml",       "/websettings.xml", "/fonttable.xml",   "/calcchain.xml",
    "/tags/",         "/styleswitheffects.xml", "/vbaproject.bin",  "/docprops/app.xml"};

// `name` in lower case.
bool is_left_out(const std::string& name) {
  const std::string path = "/" + name;
  const std::string_view ending = std::string_view(path).substr(std::min(path.rfind('.'), path.size()));
  if (std::find(kMedia.begin(), kMedia.end(), ending) != kMedia.end()) return true;
  for (std::size_t at = 0; at != path.npos; at = path.find('/', at + 1)) {
    const std::string_view rest = std::string_view(path).substr(at);
    if (std::any_of(kLooks.begin(), kLooks.end(), [&](auto part) { return rest.starts_with(part); }))
      return true;
  }
  return false;
}

bool is_wanted(const std::string& name) { return !is_left_out(lower_case(name)); }

Status no_parts(const ArchiveOutcome& outcome) {
  if (outcome.encrypted)
    return Status(Code::kInvalidArgument, "the file is password protected; save it without the password");
  return Status(Code::kInvalidArgument, "the file is damaged: none of its parts can be read; save it again");
}

}  // namespace

Result<Package> Package::open(std::string_view bytes, ContentSink& sink, const ArchiveLimits& limits) {
  Package package(bytes, sink, limits);
  package.zip_ = SoundZip::open(bytes, limits, is_wanted);
  if (package.zip_) {
    for (std::size_t i = 0; i < package.zip_->size(); ++i)
      package.parts_.insert_or_assign(lower_case(package.zip_->name(i)),
                                      Part{.name = package.zip_->name(i), .packed = i});
    return package.parts_.empty() ? Result<Package>(no_parts({})) : std::move(package);
  }
  RAPPEL_ASSIGN(const ArchiveOutcome outcome, package.read_whole());
  if (package.parts_.empty()) return no_parts(outcome);
  RAPPEL_TRY(package.warn(outcome));
  return package;
}

Status Package::warn(const ArchiveOutcome& outcome) const {
  if (outcome.damaged) RAPPEL_TRY(sink_->warning("the file is damaged; text may be missing"));
  if (outcome.limited) RAPPEL_TRY(sink_->warning("the file unpacks to too much; the rest is left out"));
  if (outcome.encrypted) RAPPEL_TRY(sink_->warning("parts of the file are password protected and left out"));
  return {};
}

// All parts but those that find() has given, whose bytes may be in use.
Result<ArchiveOutcome> Package::read_whole() const {
  const ArchiveVisitor visitor = {
      .wants = is_wanted,
      .member =
          [this](std::string name, std::string content) {
            // A part whose directory entry is damaged may come twice; the longer one is more complete.
            Part& part = parts_[lower_case(name)];
            if (!part.given && content.size() >= part.bytes.size())
              part = {std::move(name), std::move(content), {}};
            return Status();
          },
  };
  auto outcome = read_archive(bytes_, ArchiveFormat::kZip, limits_, visitor);
  if (outcome.status().code() == Code::kUnsupported)
    RAPPEL_TRY(sink_->property(kWantsLibrary, std::string(kArchiveLibrary)));
  return outcome;
}

// If one is damaged, the others may be, too.
void Package::unpack(Part& part) const {
  const bool sound = zip_->unpack(*part.packed, part.bytes);
  part.packed.reset();
  if (sound) return;
  part.bytes.clear();
  const auto read = read_whole();
  for (auto& [name, other] : parts_) other.packed.reset();
  ArchiveOutcome outcome = read.ok() ? *read : ArchiveOutcome();
  outcome.damaged = true;
  (void)warn(outcome);
}

Package::Part* Package::part(std::string_view name) const {
  while (name.starts_with('/')) name.remove_prefix(1);
  const auto found = parts_.find(lower_case(name));
  return found == parts_.end() ? nullptr : &found->second;
}

const std::string* Package::find(std::string_view name) const {
  Part* found = part(name);
  if (found == nullptr) return nullptr;
  if (found->packed) unpack(*found);
  found->given = true;
  return &found->bytes;
}

std::optional<std::string> Package::take(std::string_view name) const {
  const Part* found = part(name);
  std::string bytes;
  if (found != nullptr && found->packed && zip_->unpack(*found->packed, bytes)) return bytes;
  const std::string* kept = find(name);
  return kept == nullptr ? std::nullopt : std::optional(*kept);
}

std::size_t Package::size_of(std::string_view name) const {
  const Part* found = part(name);
  if (found == nullptr) return 0;
  return found->packed ? zip_->size_of(*found->packed) : found->bytes.size();
}

std::string resolve_part(std::string_view base, std::string_view target) {
  std::string path;
  if (!target.starts_with('/'))
    if (const std::size_t slash = base.rfind('/'); slash != std::string_view::npos)
      path = base.substr(0, slash);
  while (!target.empty()) {
    const std::size_t end = std::min(target.find_first_of("/\\"), target.size());
    const std::string_view folder = target.substr(0, end);
    target.remove_prefix(std::min(end + 1, target.size()));
    if (folder == "..") {
      const std::size_t slash = path.rfind('/');
      path.resize(slash == std::string::npos ? 0 : slash);
    } else if (!folder.empty() && folder != ".") {
      if (!path.empty()) path += '/';
      path += folder;
    }
  }
  return path;
}

}  // namespace rappel::extractor
