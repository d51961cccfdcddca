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
  char name[32];  // padded with zeros
  std::int64_t first, last;
};

bool is_own(const std::string& name) {
  return name == kManifest || name.starts_with(kCodec) || name.starts_with(kSegment) ||
         name.starts_with(std::string(kManifest) + ".tmp-");
}

// Names are written by write(), so others are damage.
bool is_plain(const std::string& name) {
  return !name.empty() && name.find('/') == std::string::npos && is_own(name);
}

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
    IndexManifest::File file{std::string(segment.name, ::strnlen(segment.name, sizeof segment.name)),
                             segment.first, segment.last};
    if (!is_plain(file.name) || file.first <= row || file.last < file.first || file.last >= state.next_row)
      return std::nullopt;
    row = file.last;
    manifest.segments.push_back(std::move(file));
  }
  if (!manifest.codec.empty() && !is_plain(manifest.codec)) return std::nullopt;
  return manifest;
}

Result<std::shared_ptr<const DenseCodec>> IndexFolder::load_codec(const std::string& name) const {
  if (name.empty()) return std::make_shared<const DenseCodec>(source_.dimension);
  RAPPEL_ASSIGN(const std::string content, read_file(folder_ / name, kMostBytes));
  return read_codec(content, source_.dimension);
}

Result<DenseIndex::Segment> IndexFolder::load(const IndexManifest::File& file,
                                              const std::shared_ptr<const DenseCodec>& codec,
                                              const std::string& codec_name, std::size_t capacity) {
  RAPPEL_ASSIGN(const std::string content, read_file(folder_ / file.name, kMostBytes));
  RAPPEL_ASSIGN(DenseIndex::Segment segment, read_segment(content, codec, codec_name, capacity));
  const std::int64_t* const rows = segment.codes->rows();
  if (rows[0] != file.first || rows[segment.count - 1] != file.last)
    return Status(Code::kCorrupt, "an index file has other rows than its manifest says");
  codec_ = {codec, codec_name};
  saved_[segment.codes.get()] = {segment.codes, segment.count, file.name};
  return segment;
}

bool IndexFolder::take_over() {
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
  const auto segments = index.segments();
  return static_cast<std::size_t>(std::count_if(
      segments.begin(), segments.end(), [&](const auto& segment) { return saved(segment) == nullptr; }));
}

Result<std::string> IndexFolder::write(const std::string& prefix, const std::string& content) {
  std::string name = prefix + content_hash(content);
  RAPPEL_TRY(write_file_atomic(folder_ / name, content, /*secret=*/true));
  return name;
}

Result<std::string> IndexFolder::save_codec(const std::shared_ptr<const DenseCodec>& codec) {
  if (!codec->has_codes()) return std::string();
  if (codec_.first != codec) {
    RAPPEL_ASSIGN(std::string name, write(kCodec, write_codec(*codec)));
    codec_ = {codec, std::move(name)};
  }
  return codec_.second;
}

Status IndexFolder::save(const DenseIndex& index, std::int64_t commit, std::int64_t next_row) {
  IndexManifest manifest{commit, next_row, {}, {}};
  RAPPEL_ASSIGN(manifest.codec, save_codec(index.codec()));
  std::vector<ManifestSegment> listed;
  for (const DenseIndex::Segment& segment : index.segments()) {
    if (segment.codes->codec() != index.codec())
      break;  // the rest will be encoded again, and is read from the store
    const Saved* found = saved(segment);
    if (found == nullptr) {
      RAPPEL_ASSIGN(std::string name, write(kSegment, write_segment(segment, manifest.codec)));
      Saved& entry = saved_[segment.codes.get()];
      entry = {segment.codes, segment.count, std::move(name)};
      found = &entry;
    }
    const std::int64_t* const rows = segment.codes->rows();
    ManifestSegment entry{{}, rows[0], rows[segment.count - 1]};
    found->name.copy(entry.name, sizeof entry.name);
    listed.push_back(entry);
    manifest.segments.push_back({found->name, entry.first, entry.last});
  }
  std::erase_if(saved_, [](const auto& entry) { return entry.second.codes.expired(); });
  const ManifestState state{source_.store, commit, next_row, static_cast<std::uint32_t>(source_.dimension),
                            0};
  const Section sections[] = {section_of(kState, std::span<const ManifestState>(&state, 1)),
                              section_of(kCodecFile, std::span<const char>(manifest.codec)),
                              section_of(kSegments, std::span<const ManifestSegment>(listed))};
  RAPPEL_TRY(write_file_atomic(folder_ / kManifest, write_sections(IndexFileKind::kManifest, sections),
                               /*secret=*/true));
  remove_others(manifest);
  return {};
}

void IndexFolder::remove_others(const IndexManifest& manifest) const {
  std::set<std::string> kept = {kManifest, manifest.codec};
  for (const IndexManifest::File& file : manifest.segments) kept.insert(file.name);
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
