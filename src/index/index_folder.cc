#include "index/index_folder.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <system_error>

#include "base/os/file.h"
#include "index/dense/dense_files.h"
#include "index/dense/dense_segment.h"
#include "index/section_file.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

constexpr const char *kManifest = "manifest", *kLock = "lock", *kCodec = "codec-", *kSegment = "dense-";
// A file holds one segment, which is far smaller.
constexpr std::size_t kMostBytes = std::size_t{4} << 30;

enum ManifestSection : std::uint32_t { kState = 1, kCodecFile = 2, kSegments = 3 };

struct ManifestState {
  std::uint64_t store;
  std::int64_t commit, next_row;
  std::uint32_t dimension, unused;
};
struct ManifestSegment {
  char name[32], codec[32];  // padded with zeros
  std::int64_t first, last;
};

bool is_own(const std::string& name) {
  return name == kManifest || name.starts_with(kCodec) || name.starts_with(kSegment) ||
         name.starts_with(std::string(kManifest) + ".tmp-");
}

// Names are written by write(), so others are damage.
bool is_plain(const std::string& name) { return name.find('/') == std::string::npos && is_own(name); }

std::string padded_name(const char (&name)[32]) { return std::string(name, ::strnlen(name, sizeof name)); }

}  // namespace

std::optional<IndexManifest> IndexFolder::manifest() const {
  const auto content = read_file(folder_ / kManifest, kMostBytes);
  if (!content.ok()) return std::nullopt;
  const auto sections = Sections::parse(*content, IndexFileKind::kManifest);
  ManifestState state{};
  if (!sections.ok() || !sections->copy(kState, &state, 1).ok() || state.store != source_.store ||
      state.dimension != static_cast<std::uint32_t>(source_.dimension))
    return std::nullopt;
  IndexManifest manifest{state.commit, state.next_row, std::string(sections->bytes(kCodecFile), '\0'), {}};
  std::vector<ManifestSegment> segments(sections->bytes(kSegments) / sizeof(ManifestSegment));
  if (!sections->copy(kCodecFile, manifest.codec.data(), manifest.codec.size()).ok() ||
      !sections->copy(kSegments, segments.data(), segments.size()).ok())
    return std::nullopt;
  std::int64_t row = 0;
  for (const ManifestSegment& segment : segments) {
    IndexManifest::File file{padded_name(segment.name), padded_name(segment.codec), segment.first,
                             segment.last};
    if (!is_plain(file.name) || !(file.codec.empty() || is_plain(file.codec)) || file.first <= row ||
        file.last < file.first || file.last >= state.next_row)
      return std::nullopt;
    row = file.last;
    manifest.segments.push_back(std::move(file));
  }
  if (!manifest.codec.empty() && !is_plain(manifest.codec)) return std::nullopt;
  return manifest;
}

Result<std::shared_ptr<const DenseCodec>> IndexFolder::load_codec(const std::string& name) {
  const std::lock_guard lock(mutex_);
  return codec_of(name);
}

Result<std::shared_ptr<const DenseCodec>> IndexFolder::codec_of(const std::string& name) {
  if (const auto known = codecs_.find(name); known != codecs_.end()) return known->second;
  std::shared_ptr<const DenseCodec> codec;
  if (name.empty()) {
    codec = std::make_shared<const DenseCodec>(source_.dimension);
  } else {
    RAPPEL_ASSIGN(const std::string content, read_file(folder_ / name, kMostBytes));
    RAPPEL_ASSIGN(codec, read_codec(content, source_.dimension));
  }
  return codecs_[name] = codec;
}

Result<DenseIndex::Segment> IndexFolder::load(const IndexManifest::File& file) {
  const std::lock_guard lock(mutex_);
  return map(file);
}

Result<DenseIndex::Segment> IndexFolder::map(const IndexManifest::File& file) {
  RAPPEL_ASSIGN(const std::shared_ptr<const DenseCodec> codec, codec_of(file.codec));
  RAPPEL_ASSIGN(auto mapped, MappedFile::open(folder_ / file.name));
  RAPPEL_ASSIGN(DenseIndex::Segment segment,
                map_segment(std::move(mapped), codec, file.codec, DenseIndex::kSegmentRows));
  const std::int64_t* const rows = segment.codes->rows();
  if (rows[0] != file.first || rows[segment.count - 1] != file.last || segment.codes->is_damaged())
    return Status(Code::kCorrupt, "an index file has other rows than its manifest says");
  saved_[segment.codes.get()] = {segment.codes, segment.count, file};
  return segment;
}

bool IndexFolder::take_over() {
  const std::lock_guard guard(mutex_);
  if (lock_.get() >= 0) return true;
  std::error_code error;
  fs::create_directory(folder_, error);
  fs::permissions(folder_, fs::perms::owner_all, error);
  Fd fd(::open((folder_ / kLock).c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (fd.get() < 0 || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return false;
  lock_ = std::move(fd);
  return true;
}

const IndexFolder::Saved* IndexFolder::saved(const DenseIndex::Segment& segment) const {
  const auto found = saved_.find(segment.codes.get());
  if (found == saved_.end() || found->second.count != segment.count ||
      found->second.codes.lock() != segment.codes)
    return nullptr;
  return &found->second;
}

std::size_t IndexFolder::unsaved(const DenseIndex& index) const {
  const std::lock_guard lock(mutex_);
  const auto segments = index.segments();
  return static_cast<std::size_t>(std::count_if(segments.begin(), segments.end(), [&](const auto& segment) {
    return !segment.codes->is_unread() && saved(segment) == nullptr;
  }));
}

Result<std::string> IndexFolder::write(const std::string& prefix, const std::string& content) {
  std::string name = prefix + content_hash(content);
  RAPPEL_TRY(write_file_atomic(folder_ / name, content, /*secret=*/true));
  return name;
}

Result<std::string> IndexFolder::save_codec(const std::shared_ptr<const DenseCodec>& codec) {
  if (!codec->has_codes()) return std::string();
  for (const auto& [name, known] : codecs_)
    if (known == codec) return name;
  RAPPEL_ASSIGN(std::string name, write(kCodec, write_codec(*codec)));
  codecs_[name] = codec;
  return name;
}

Result<IndexManifest::File> IndexFolder::save_segment(const DenseIndex::Segment& segment) {
  const std::int64_t* const rows = segment.codes->rows();
  IndexManifest::File file{{}, {}, rows[0], rows[segment.count - 1]};
  RAPPEL_ASSIGN(file.codec, save_codec(segment.codes->codec()));
  RAPPEL_ASSIGN(file.name, write(kSegment, write_segment(segment, file.codec)));
  saved_[segment.codes.get()] = {segment.codes, segment.count, file};
  return file;
}

Result<std::vector<IndexFolder::Moved>> IndexFolder::save(const DenseIndex& index, std::int64_t commit,
                                                          std::int64_t next_row) {
  const std::lock_guard lock(mutex_);
  IndexManifest manifest{commit, next_row, {}, {}};
  RAPPEL_ASSIGN(manifest.codec, save_codec(index.codec()));
  std::vector<Moved> moved;
  for (const DenseIndex::Segment& segment : index.segments()) {
    if (segment.codes->is_unread()) continue;
    if (const Saved* const found = saved(segment)) {
      manifest.segments.push_back(found->file);
      continue;
    }
    RAPPEL_ASSIGN(IndexManifest::File file, save_segment(segment));
    if (segment.count == segment.codes->capacity()) {
      RAPPEL_ASSIGN(DenseIndex::Segment mapped, map(file));
      moved.push_back({segment.codes, std::move(mapped)});
    }
    manifest.segments.push_back(std::move(file));
  }
  std::erase_if(saved_, [](const auto& entry) { return entry.second.codes.expired(); });
  RAPPEL_TRY(write_manifest(manifest));
  remove_others(manifest);
  return moved;
}

Status IndexFolder::write_manifest(const IndexManifest& manifest) const {
  std::vector<ManifestSegment> segments;
  for (const IndexManifest::File& file : manifest.segments) {
    ManifestSegment& segment = segments.emplace_back(ManifestSegment{{}, {}, file.first, file.last});
    file.name.copy(segment.name, sizeof segment.name);
    file.codec.copy(segment.codec, sizeof segment.codec);
  }
  const ManifestState state{source_.store, manifest.commit, manifest.next_row,
                            static_cast<std::uint32_t>(source_.dimension), 0};
  const Section sections[] = {section_of(kState, std::span<const ManifestState>(&state, 1)),
                              section_of(kCodecFile, std::span<const char>(manifest.codec)),
                              section_of(kSegments, std::span<const ManifestSegment>(segments))};
  return write_file_atomic(folder_ / kManifest, write_sections(IndexFileKind::kManifest, sections),
                           /*secret=*/true);
}

void IndexFolder::remove_others(const IndexManifest& manifest) const {
  std::set<std::string> kept = {kManifest, manifest.codec};
  for (const IndexManifest::File& file : manifest.segments) kept.insert({file.name, file.codec});
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_, error))
    if (const std::string name = entry.path().filename().string(); is_own(name) && !kept.contains(name))
      fs::remove(entry.path(), error);
}

void IndexFolder::clear(const fs::path& folder) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (is_own(entry.path().filename().string())) fs::remove(entry.path(), error);
}

}  // namespace rappel
