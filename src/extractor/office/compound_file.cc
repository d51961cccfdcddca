#include "extractor/office/compound_file.h"

#include <algorithm>

#include "base/utf8.h"

namespace rappel::extractor {
namespace {

constexpr std::size_t kHead = 512, kEntry = 128, kListInHead = 109, kMostEntries = 100'000;
constexpr unsigned kSmallShift = 6;
constexpr std::uint32_t kLastSector = 0xFFFFFFFA;  // numbers from here on are marks
constexpr std::string_view kMark = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

// 0 beyond the end.
std::uint32_t number(std::string_view bytes, std::size_t at, std::size_t size = 4) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size && at + i < bytes.size(); ++i)
    value |= std::uint32_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  return value;
}

void add_numbers(std::string_view bytes, std::vector<std::uint32_t>& numbers) {
  for (std::size_t at = 0; at + 4 <= bytes.size(); at += 4) numbers.push_back(number(bytes, at));
}

std::string name_of(std::string_view entry) {
  const std::size_t units = std::min<std::size_t>(number(entry, 64, 2), 64) / 2;
  std::string name;
  for (std::size_t i = 0; i + 1 < units; ++i) {  // the last one is NUL
    const std::uint32_t unit = number(entry, 2 * i, 2);
    utf8_append(name, unit >= 0xD800 && unit < 0xE000 ? 0xFFFD : static_cast<char32_t>(unit));
  }
  return name;
}

}  // namespace

std::optional<CompoundFile> CompoundFile::open(std::string_view bytes) {
  CompoundFile file(bytes);
  if (!file.read_head()) return std::nullopt;
  return file;
}

bool CompoundFile::read_head() {
  if (bytes_.size() < kHead || !bytes_.starts_with(kMark)) return false;
  shift_ = number(bytes_, 30, 2);
  if (shift_ != 9 && shift_ != 12) return false;
  small_below_ = number(bytes_, 56);
  read_tables(number(bytes_, 68), number(bytes_, 72));
  read_directory(number(bytes_, 48));
  if (entries_.empty()) return false;
  add_numbers(chain(number(bytes_, 60), bytes_.size()), next_small_);
  small_ = chain(entries_[kRoot].start, entries_[kRoot].size);
  return true;
}

// The table of sectors is in sectors, which are listed in the head and then in sectors of their own.
void CompoundFile::read_tables(std::uint32_t next_list, std::size_t lists) {
  std::vector<std::uint32_t> tables;
  add_numbers(bytes_.substr(76, kListInHead * 4), tables);
  const std::size_t most = bytes_.size() >> shift_;
  for (std::size_t i = 0; i < std::min(lists, most) && next_list < kLastSector; ++i) {
    const std::string_view list = sector(next_list);
    if (list.size() < 8) break;
    add_numbers(list.substr(0, list.size() - 4), tables);
    next_list = number(list, list.size() - 4);
  }
  for (const std::uint32_t table : tables)
    if (table < kLastSector && next_.size() <= most) add_numbers(sector(table), next_);
}

void CompoundFile::read_directory(std::uint32_t start) {
  const std::string directory = chain(start, kMostEntries * kEntry);
  for (std::size_t at = 0; at + kEntry <= directory.size(); at += kEntry) {
    const std::string_view bytes = std::string_view(directory).substr(at, kEntry);
    const auto type = static_cast<unsigned char>(bytes[66]);
    Entry entry{.name = name_of(bytes), .is_storage = type == 1 || type == 5};
    entry.left = number(bytes, 68);
    entry.right = number(bytes, 72);
    entry.child = number(bytes, 76);
    entry.start = number(bytes, 116);
    entry.size = number(bytes, 120);  // the high half counts in files of more than 4 GiB only
    entries_.push_back(std::move(entry));
  }
}

std::string_view CompoundFile::sector(std::uint32_t number) const {
  const std::uint64_t at = (std::uint64_t{number} + 1) << shift_;
  return at < bytes_.size() ? bytes_.substr(at, std::size_t{1} << shift_) : std::string_view();
}

std::string CompoundFile::chain(std::uint32_t start, std::uint64_t size) const {
  std::string out;
  for (std::size_t steps = 0; start < kLastSector && out.size() < size && steps <= next_.size(); ++steps) {
    const std::string_view part = sector(start);
    out += part;
    if (part.empty() || start >= next_.size()) break;
    start = next_[start];
  }
  out.resize(std::min<std::uint64_t>(out.size(), size));
  return out;
}

std::string CompoundFile::small_chain(std::uint32_t start, std::uint64_t size) const {
  std::string out;
  for (std::size_t steps = 0; start < kLastSector && out.size() < size && steps <= next_small_.size();
       ++steps) {
    const std::size_t at = std::size_t{start} << kSmallShift;
    if (at >= small_.size()) break;
    out += std::string_view(small_).substr(at, std::size_t{1} << kSmallShift);
    if (start >= next_small_.size()) break;
    start = next_small_[start];
  }
  out.resize(std::min<std::uint64_t>(out.size(), size));
  return out;
}

std::vector<std::size_t> CompoundFile::children(std::size_t storage) const {
  std::vector<std::size_t> found, open = {entries_[storage].child};
  std::vector<bool> seen(entries_.size());
  while (!open.empty()) {
    const std::size_t at = open.back();
    open.pop_back();
    if (at >= entries_.size() || seen[at]) continue;
    seen[at] = true;
    found.push_back(at);
    open.push_back(entries_[at].right);
    open.push_back(entries_[at].left);
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::optional<std::size_t> CompoundFile::find(std::size_t storage, std::string_view name) const {
  for (const std::size_t child : children(storage))
    if (entries_[child].name == name) return child;
  return std::nullopt;
}

std::string CompoundFile::read(const Entry& stream, std::size_t limit) const {
  const std::uint64_t size = std::min<std::uint64_t>(stream.size, limit);
  return stream.size < small_below_ ? small_chain(stream.start, size) : chain(stream.start, size);
}

std::string CompoundFile::read(std::size_t storage, std::string_view name, std::size_t limit) const {
  const auto found = find(storage, name);
  return found && !entries_[*found].is_storage ? read(entries_[*found], limit) : "";
}

}  // namespace rappel::extractor
