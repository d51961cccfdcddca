#include "index/index_manifest.h"

#include <cstring>

#include "index/section_file.h"

namespace rappel {
namespace {

enum ManifestSection : std::uint32_t { kState = 1, kCodecFile = 2, kSegments = 3, kWords = 4, kSparse = 5 };

struct ManifestState {
  std::uint64_t store;
  std::int64_t commit, next_row;
  std::uint32_t dimension, unused;
};
// Names are padded with zeros.
struct ManifestSegment {
  char name[32], codec[32];
  std::int64_t first, last;
};
struct ManifestBlock {
  char name[32];
  std::int64_t first, last;
};

std::string padded_name(const char (&name)[32]) { return std::string(name, ::strnlen(name, sizeof name)); }

// Other names are damage.
bool is_plain(const std::string& name) { return name.find('/') == std::string::npos && is_index_file(name); }

void write_codec_name(const IndexManifest::File& file, ManifestSegment& to) {
  file.codec.copy(to.codec, sizeof to.codec);
}
void write_codec_name(const IndexManifest::File&, ManifestBlock&) {}
std::string codec_name(const ManifestSegment& from) { return padded_name(from.codec); }
std::string codec_name(const ManifestBlock&) { return {}; }

template <class Record>
std::vector<Record> records_of(const std::vector<IndexManifest::File>& files) {
  std::vector<Record> records(files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    files[i].name.copy(records[i].name, sizeof records[i].name);
    write_codec_name(files[i], records[i]);
    records[i].first = files[i].first;
    records[i].last = files[i].last;
  }
  return records;
}

// False: the section is damaged.
template <class Record>
bool read_files(const Sections& sections, ManifestSection section, std::int64_t next_row,
                std::vector<IndexManifest::File>& files) {
  std::vector<Record> records(sections.bytes(section) / sizeof(Record));
  if (!sections.copy(section, records.data(), records.size()).ok()) return false;
  std::int64_t row = 0;
  for (const Record& record : records) {
    IndexManifest::File file{padded_name(record.name), record.first, record.last, codec_name(record)};
    if (!is_plain(file.name) || !(file.codec.empty() || is_plain(file.codec)) || file.first <= row ||
        file.last < file.first || file.last >= next_row)
      return false;
    row = file.last;
    files.push_back(std::move(file));
  }
  return true;
}

}  // namespace

bool is_index_file(std::string_view name) {
  return name == kManifestName || name.starts_with(kCodecPrefix) || name.starts_with(kSegmentPrefix) ||
         name.starts_with(kWordsPrefix) || name.starts_with(kSparsePrefix) ||
         name.starts_with(std::string(kManifestName) + ".tmp-");
}

std::string write_manifest(const IndexManifest& manifest, const IndexSource& source) {
  const auto segments = records_of<ManifestSegment>(manifest.segments);
  const auto words = records_of<ManifestBlock>(manifest.words),
             sparse = records_of<ManifestBlock>(manifest.sparse);
  const ManifestState state{source.store, manifest.commit, manifest.next_row,
                            static_cast<std::uint32_t>(source.dimension), 0};
  const Section sections[] = {section_of(kState, std::span<const ManifestState>(&state, 1)),
                              section_of(kCodecFile, std::span<const char>(manifest.codec)),
                              section_of(kSegments, std::span<const ManifestSegment>(segments)),
                              section_of(kWords, std::span<const ManifestBlock>(words)),
                              section_of(kSparse, std::span<const ManifestBlock>(sparse))};
  return write_sections(IndexFileKind::kManifest, sections);
}

std::optional<IndexManifest> read_manifest(std::string_view content, const IndexSource& source) {
  const auto sections = Sections::parse(content, IndexFileKind::kManifest);
  ManifestState state{};
  if (!sections.ok() || !sections->copy(kState, &state, 1).ok() || state.store != source.store ||
      state.dimension != static_cast<std::uint32_t>(source.dimension))
    return std::nullopt;
  IndexManifest manifest{state.commit, state.next_row, std::string(sections->bytes(kCodecFile), '\0')};
  if (!sections->copy(kCodecFile, manifest.codec.data(), manifest.codec.size()).ok() ||
      !(manifest.codec.empty() || is_plain(manifest.codec)) ||
      !read_files<ManifestSegment>(*sections, kSegments, state.next_row, manifest.segments) ||
      !read_files<ManifestBlock>(*sections, kWords, state.next_row, manifest.words) ||
      !read_files<ManifestBlock>(*sections, kSparse, state.next_row, manifest.sparse))
    return std::nullopt;
  return manifest;
}

}  // namespace rappel
