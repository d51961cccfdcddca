#include "index/index_folder.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <set>
#include <system_error>

#include "base/os/file.h"
#include "index/dense/dense_files.h"
#include "index/dense/dense_segment.h"
#include "index/postings/postings_files.h"
#include "index/postings/sparse_weights.h"
#include "index/section_file.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

// A manifest and a codec are far smaller.
constexpr std::size_t kMostBytes = std::size_t{4} << 30;

// Blocks of so many rows are merged no more, or seldom.
bool is_large(const BlockPart& part) { return part.block->rows().size() >= PostingsBlock::kMostRows / 2; }

Status other_rows() { return Status(Code::kCorrupt, "an index file has other rows than its manifest says"); }

}  // namespace

IndexFolder::IndexFolder(fs::path folder, IndexSource source, Write write)
    : folder_(std::move(folder)),
      source_(std::move(source)),
      write_(write ? std::move(write) : [](const fs::path& path, std::string_view content) {
        return write_file_atomic(path, content, /*secret=*/true);
      }) {}

std::optional<IndexManifest> IndexFolder::manifest() const {
  const auto content = read_file(folder_ / kManifestName, kMostBytes);
  if (!content.ok()) return std::nullopt;
  return read_manifest(*content, source_);
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
    return other_rows();
  segments_[segment.codes.get()] = {segment.codes, segment.count, file};
  return segment;
}

Result<std::shared_ptr<const PostingsBlock>> IndexFolder::load(PostingsKind kind,
                                                               const IndexManifest::File& file) {
  const std::lock_guard lock(mutex_);
  return map(kind, file);
}

std::string_view IndexFolder::rules(PostingsKind kind) const {
  return kind == PostingsKind::kWords ? std::string_view(source_.word_rules) : kSparseRules;
}

Result<std::shared_ptr<const PostingsBlock>> IndexFolder::map(PostingsKind kind,
                                                              const IndexManifest::File& file) {
  RAPPEL_ASSIGN(auto mapped, MappedFile::open(folder_ / file.name));
  RAPPEL_ASSIGN(auto block, map_postings(std::move(mapped), rules(kind)));
  if (block->span().first != file.first || block->span().count != file.last - file.first + 1 ||
      block->is_damaged())
    return other_rows();
  blocks_[block.get()] = {block, block->rows().size(), file};
  return block;
}

bool IndexFolder::take_over() {
  const std::lock_guard guard(mutex_);
  if (lock_.get() >= 0) return true;
  std::error_code error;
  fs::create_directory(folder_, error);
  fs::permissions(folder_, fs::perms::owner_all, error);
  Fd fd(::open((folder_ / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (fd.get() < 0 || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return false;
  lock_ = std::move(fd);
  return true;
}

template <class Part>
const IndexManifest::File* IndexFolder::find(const SavedParts<Part>& saved,
                                             const std::shared_ptr<const Part>& part, std::size_t rows) {
  const auto found = saved.find(part.get());
  if (found == saved.end() || found->second.rows != rows || found->second.part.lock() != part) return nullptr;
  return &found->second.file;
}

// The last segment grows.
IndexFolder::Unsaved IndexFolder::unsaved(const ChunkIndex& index) const {
  const std::lock_guard lock(mutex_);
  Unsaved unsaved;
  const auto segments = index.dense.segments();
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (segments[i].codes->is_unread() || find<DenseSegment>(segments_, segments[i].codes, segments[i].count))
      continue;
    ++(i + 1 < segments.size() ? unsaved.large : unsaved.small);
  }
  for (const PostingsIndex* const postings : {&index.words, &index.sparse})
    for (const BlockPart& part : postings->blocks())
      if (find(blocks_, part.block, part.block->rows().size()) == nullptr)
        ++(is_large(part) ? unsaved.large : unsaved.small);
  return unsaved;
}

Result<std::string> IndexFolder::write(const std::string& prefix, const std::string& content) {
  std::string name = prefix + content_hash(content);
  RAPPEL_TRY(write_(folder_ / name, content));
  return name;
}

Result<std::string> IndexFolder::save_codec(const std::shared_ptr<const DenseCodec>& codec) {
  if (!codec->has_codes()) return std::string();
  for (const auto& [name, known] : codecs_)
    if (known == codec) return name;
  RAPPEL_ASSIGN(std::string name, write(kCodecPrefix, write_codec(*codec)));
  codecs_[name] = codec;
  return name;
}

Status IndexFolder::save_segments(const DenseIndex& index, IndexManifest& manifest, Moved& moved) {
  RAPPEL_ASSIGN(manifest.codec, save_codec(index.codec()));
  for (const DenseIndex::Segment& segment : index.segments()) {
    if (segment.codes->is_unread()) continue;
    if (const auto* known = find<DenseSegment>(segments_, segment.codes, segment.count)) {
      manifest.segments.push_back(*known);
      continue;
    }
    const std::int64_t* const rows = segment.codes->rows();
    IndexManifest::File file{{}, rows[0], rows[segment.count - 1]};
    RAPPEL_ASSIGN(file.codec, save_codec(segment.codes->codec()));
    RAPPEL_ASSIGN(file.name, write(kSegmentPrefix, write_segment(segment, file.codec)));
    segments_[segment.codes.get()] = {segment.codes, segment.count, file};
    if (segment.count == segment.codes->capacity()) {
      RAPPEL_ASSIGN(DenseIndex::Segment mapped, map(file));
      moved.segments.push_back({segment.codes, std::move(mapped)});
    }
    manifest.segments.push_back(std::move(file));
  }
  return {};
}

Status IndexFolder::save_blocks(PostingsKind kind, const PostingsIndex& index,
                                std::vector<IndexManifest::File>& files, std::vector<Moved::Block>& moved) {
  const char* const prefix = kind == PostingsKind::kWords ? kWordsPrefix : kSparsePrefix;
  for (const BlockPart& part : index.blocks()) {
    const std::size_t rows = part.block->rows().size();
    if (const auto* known = find(blocks_, part.block, rows)) {
      files.push_back(*known);
      continue;
    }
    const RowRange span = part.block->span();
    IndexManifest::File file{{}, span.first, span.first + span.count - 1};
    RAPPEL_ASSIGN(file.name, write(prefix, write_postings(*part.block, rules(kind))));
    blocks_[part.block.get()] = {part.block, rows, file};
    if (is_large(part)) {
      RAPPEL_ASSIGN(auto mapped, map(kind, file));
      moved.push_back({part.block, std::move(mapped)});
    }
    files.push_back(std::move(file));
  }
  return {};
}

Result<IndexFolder::Moved> IndexFolder::save(const ChunkIndex& index, std::int64_t commit,
                                             std::int64_t next_row) {
  const std::lock_guard lock(mutex_);
  IndexManifest manifest{commit, next_row};
  Moved moved;
  RAPPEL_TRY(save_segments(index.dense, manifest, moved));
  RAPPEL_TRY(save_blocks(PostingsKind::kWords, index.words, manifest.words, moved.words));
  RAPPEL_TRY(save_blocks(PostingsKind::kSparse, index.sparse, manifest.sparse, moved.sparse));
  std::erase_if(segments_, [](const auto& entry) { return entry.second.part.expired(); });
  std::erase_if(blocks_, [](const auto& entry) { return entry.second.part.expired(); });
  RAPPEL_TRY(write_(folder_ / kManifestName, write_manifest(manifest, source_)));
  remove_others(manifest);
  return moved;
}

void IndexFolder::Moved::replace_in(ChunkIndexBuilder& builder) const {
  for (const Segment& segment : segments) (void)builder.dense.replace(*segment.from, segment.to);
  for (const Block& block : words) (void)builder.words.replace(*block.from, block.to);
  for (const Block& block : sparse) (void)builder.sparse.replace(*block.from, block.to);
}

void IndexFolder::remove_others(const IndexManifest& manifest) const {
  std::set<std::string> kept = {kManifestName, manifest.codec};
  for (const IndexManifest::File& file : manifest.segments) kept.insert({file.name, file.codec});
  for (const PostingsKind kind : kPostingsKinds)
    for (const IndexManifest::File& file : manifest.postings(kind)) kept.insert(file.name);
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_, error))
    if (const std::string name = entry.path().filename().string();
        is_index_file(name) && !kept.contains(name))
      fs::remove(entry.path(), error);
}

void IndexFolder::clear(const fs::path& folder) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (is_index_file(entry.path().filename().string())) fs::remove(entry.path(), error);
}

}  // namespace rappel
