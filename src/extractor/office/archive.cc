#include "extractor/office/archive.h"

#include <locale.h>
#if __has_include(<xlocale.h>)
#include <xlocale.h>
#endif

#include <algorithm>
#include <memory>
#include <set>

#include "extractor/office/archive_library.h"
#include "extractor/office/sound_zip.h"

namespace rappel::extractor {
namespace {

constexpr std::size_t kStep = 64 * 1024, kReserved = 1 << 20;

// Only after load_archive_library() was true.
const ArchiveLibrary& lib() { return *archive_library(); }

// libarchive converts names through the locale, and refuses those that are not ASCII under the locale "C".
locale_t load_utf8_locale() {
  for (const char* name : {"C.UTF-8", "en_US.UTF-8", "UTF-8"})
    if (const locale_t loaded = newlocale(LC_CTYPE_MASK, name, nullptr); loaded != nullptr) return loaded;
  return nullptr;
}
locale_t utf8_locale() {
  static const locale_t loaded = load_utf8_locale();
  return loaded;
}

// The locale for this thread.
class Utf8Names {
 public:
  Utf8Names() : before_(utf8_locale() != nullptr ? uselocale(utf8_locale()) : nullptr) {}
  ~Utf8Names() {
    if (before_ != nullptr) uselocale(before_);
  }
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;

 private:
  const locale_t before_;
};

struct CloseArchive {
  void operator()(archive* handle) const { lib().archive_read_free(handle); }
};
using Handle = std::unique_ptr<archive, CloseArchive>;

enum class Mode { kByDirectory, kAsStream, kAny };

void support(archive* handle, Mode mode) {
  if (mode == Mode::kByDirectory) {
    lib().archive_read_support_format_zip_seekable(handle);
  } else if (mode == Mode::kAsStream) {
    lib().archive_read_support_format_zip_streamable(handle);
  } else {
    lib().archive_read_support_filter_gzip(handle);
    lib().archive_read_support_filter_bzip2(handle);
    lib().archive_read_support_filter_xz(handle);
    lib().archive_read_support_filter_zstd(handle);
    lib().archive_read_support_format_zip(handle);
    lib().archive_read_support_format_tar(handle);
    lib().archive_read_support_format_7zip(handle);
    lib().archive_read_support_format_raw(handle);
  }
}

Handle open(std::string_view bytes, Mode mode) {
  Handle handle(lib().archive_read_new());
  if (!handle) throw std::bad_alloc();
  support(handle.get(), mode);
  if (lib().archive_read_open_memory(handle.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) return nullptr;
  return handle;
}

std::string name_of(archive_entry* entry) {
  const char* name = lib().archive_entry_pathname_utf8(entry);
  if (name == nullptr) name = lib().archive_entry_pathname(entry);
  return member_name(name == nullptr ? "" : name);
}

class Reading {
 public:
  Reading(std::string_view bytes, const ArchiveLimits& limits, const ArchiveVisitor& visitor)
      : bytes_(bytes), limits_(limits), visitor_(visitor) {}

  // Members that were given before are not given again.
  Status run(Mode mode) {
    outcome_.damaged = false;
    const Handle handle = open(bytes_, mode);
    if (!handle) {
      outcome_.damaged = true;
      return {};
    }
    for (archive_entry* entry = nullptr; !outcome_.limited && next(handle.get(), &entry);)
      RAPPEL_TRY(visit(handle.get(), entry, mode));
    return {};
  }

  // A ZIP archive without any fault, quickly. False: it is not one, and is to be read by run().
  Result<bool> run_sound_zip() {
    const auto zip = SoundZip::open(bytes_, limits_, visitor_.wants);
    if (!zip) return false;
    for (std::size_t i = 0; i < zip->size(); ++i) {
      std::string content;
      if (!zip->unpack(i, content)) return false;
      given_.insert(zip->name(i));
      RAPPEL_TRY(visitor_.member(zip->name(i), std::move(content)));
    }
    return true;
  }

  const ArchiveOutcome& outcome() const { return outcome_; }

 private:
  bool next(archive* handle, archive_entry** entry) {
    const int code = lib().archive_read_next_header(handle, entry);
    if (code == ARCHIVE_EOF) return false;
    if (code != ARCHIVE_OK && code != ARCHIVE_WARN) {
      outcome_.damaged = true;
      return false;
    }
    if (++members_ > limits_.members) outcome_.limited = true;
    return !outcome_.limited;
  }

  Status visit(archive* handle, archive_entry* entry, Mode mode) {
    if (lib().archive_entry_is_encrypted(entry) != 0) {
      outcome_.encrypted = true;
      return {};
    }
    const std::string name = name_of(entry);
    const bool file =
        lib().archive_entry_filetype(entry) == AE_IFREG || lib().archive_entry_filetype(entry) == 0;
    const bool wanted = file && !name.empty() && !name.ends_with('/') &&
                        lib().archive_entry_hardlink(entry) == nullptr && !given_.contains(name) &&
                        visitor_.wants(name);
    // To skip in a stream is to decompress, which counts too.
    if (!wanted && mode == Mode::kByDirectory) return {};
    std::string content;
    if (wanted && lib().archive_entry_size_is_set(entry) != 0)  // as it says; it may be wrong
      content.reserve(
          std::clamp<std::size_t>(static_cast<std::size_t>(lib().archive_entry_size(entry)), 0, kReserved));
    const bool whole = read(handle, wanted ? &content : nullptr);
    if (!wanted) return {};
    if (whole) given_.insert(name);
    if (content.empty() && !whole) return {};
    return visitor_.member(name, std::move(content));
  }

  // False: the member ends early. `content` may be null.
  bool read(archive* handle, std::string* content) {
    char step[kStep];
    for (std::size_t size = 0;;) {
      const la_ssize_t got = lib().archive_read_data(handle, step, kStep);
      if (got == 0) return true;
      if (got < 0) {
        outcome_.damaged = true;
        return false;
      }
      const auto count = static_cast<std::size_t>(got);
      size += count;
      total_ += count;
      if (content != nullptr) content->append(step, count);
      if (size > limits_.member_bytes || total_ > limits_.total_bytes || total_ > most_by_ratio()) {
        outcome_.limited = true;
        return false;
      }
    }
  }

  std::size_t most_by_ratio() const { return std::max(limits_.ratio_from, limits_.ratio * bytes_.size()); }

  const std::string_view bytes_;
  const ArchiveLimits& limits_;
  const ArchiveVisitor& visitor_;
  ArchiveOutcome outcome_;
  std::set<std::string> given_;
  std::size_t members_ = 0, total_ = 0;
};

}  // namespace

bool load_archive_library() {
  (void)utf8_locale();
  return archive_library() != nullptr;
}

Result<ArchiveOutcome> read_archive(std::string_view bytes, ArchiveFormat format, const ArchiveLimits& limits,
                                    const ArchiveVisitor& visitor) {
  Reading reading(bytes, limits, visitor);
  if (format == ArchiveFormat::kZip) {
    RAPPEL_ASSIGN(const bool sound, reading.run_sound_zip());
    if (sound) return reading.outcome();
  }
  if (!load_archive_library())
    return Status(Code::kUnsupported, "archives are read by the library libarchive, which is not installed");
  const Utf8Names names;
  if (format == ArchiveFormat::kAny) {
    RAPPEL_TRY(reading.run(Mode::kAny));
    return reading.outcome();
  }
  RAPPEL_TRY(reading.run(Mode::kByDirectory));
  const ArchiveOutcome first = reading.outcome();
  if (!first.damaged || first.limited) return first;
  RAPPEL_TRY(reading.run(Mode::kAsStream));
  ArchiveOutcome both = reading.outcome();
  both.damaged = true;
  return both;
}

std::string member_name(std::string_view raw) {
  std::string name;
  while (!raw.empty()) {
    const std::size_t end = std::min(raw.find_first_of("/\\"), raw.size());
    const std::string_view folder = raw.substr(0, end);
    const bool drive = name.empty() && folder.size() == 2 && folder[1] == ':';
    if (!folder.empty() && folder != "." && folder != ".." && !drive) {
      if (!name.empty()) name += '/';
      name += folder;
    }
    if (end == raw.size()) break;
    raw.remove_prefix(end + 1);
    if (raw.empty() && !name.empty()) name += '/';
  }
  return name;
}

}  // namespace rappel::extractor
