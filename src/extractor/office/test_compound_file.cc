#include "extractor/office/test_compound_file.h"

#include <cstdint>
#include <map>

#include "testing/byte_files.h"

namespace rappel::extractor {
namespace {

constexpr std::uint32_t kNone = 0xFFFFFFFF, kEnd = 0xFFFFFFFE, kTable = 0xFFFFFFFD;
constexpr std::size_t kSector = 512;

struct Node {
  std::string name;
  int type = 1;
  std::uint32_t right = kNone, child = kNone, start = kEnd, size = 0;
};

class Builder {
 public:
  Builder() { nodes_.push_back({"Root Entry", 5}); }

  void add(const std::string& path, const std::string& content) {
    const std::size_t slash = path.rfind('/');
    const std::uint32_t parent = slash == std::string::npos ? 0 : storage(path.substr(0, slash));
    const std::uint32_t at = node(parent, path.substr(slash + 1), 2);
    nodes_[at].start = store(content);
    nodes_[at].size = static_cast<std::uint32_t>(content.size());
  }
  // The head, then the sectors: contents, directory, table.
  std::string file() {
    std::string directory;
    for (const Node& one : nodes_) directory += entry(one);
    const std::uint32_t start = store(directory);
    const auto tables = static_cast<std::uint32_t>((next_.size() + 128) / 128);
    const auto table = static_cast<std::uint32_t>(next_.size());
    next_.resize(next_.size() + tables, kTable);
    std::string head = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + std::string(16, '\0');
    head += little(0x3E, 2) + little(3, 2) + little(0xFFFE, 2) + little(9, 2) + little(6, 2) +
            std::string(6, '\0') + little(0, 4) + little(tables, 4) + little(start, 4) + little(0, 4) +
            little(0, 4) + little(kEnd, 4) + little(0, 4) + little(kEnd, 4) + little(0, 4);
    for (std::uint32_t i = 0; i < 109; ++i) head += little(i < tables ? table + i : kNone, 4);
    std::string numbers;
    for (const std::uint32_t next : next_) numbers += little(next, 4);
    numbers.resize(tables * kSector, '\xFF');
    return head + sectors_ + numbers;
  }

 private:
  std::uint32_t storage(const std::string& path) {
    const auto [known, added] = storages_.emplace(path, 0);
    if (!added) return known->second;
    const std::size_t slash = path.rfind('/');
    const std::uint32_t parent = slash == std::string::npos ? 0 : storage(path.substr(0, slash));
    return storages_[path] = node(parent, path.substr(slash + 1), 1);
  }
  std::uint32_t node(std::uint32_t parent, const std::string& name, int type) {
    const auto at = static_cast<std::uint32_t>(nodes_.size());
    nodes_.push_back({name, type, nodes_[parent].child});
    nodes_[parent].child = at;
    return at;
  }
  std::uint32_t store(const std::string& content) {
    if (content.empty()) return kEnd;
    const auto start = static_cast<std::uint32_t>(next_.size());
    sectors_ += content;
    sectors_.resize((sectors_.size() + kSector - 1) / kSector * kSector, '\0');
    while (next_.size() < sectors_.size() / kSector)
      next_.push_back(static_cast<std::uint32_t>(next_.size() + 1));
    next_.back() = kEnd;
    return start;
  }
  static std::string entry(const Node& one) {
    std::string name;
    for (const char c : one.name) name += {c, '\0'};
    const std::size_t size = name.size() + 2;
    name.resize(64, '\0');
    return name + little(size, 2) + little(static_cast<std::uint64_t>(one.type), 1) + little(1, 1) +
           little(kNone, 4) + little(one.right, 4) + little(one.child, 4) + std::string(36, '\0') +
           little(one.start, 4) + little(one.size, 8);
  }

  std::vector<Node> nodes_;
  std::map<std::string, std::uint32_t> storages_;
  std::string sectors_;
  std::vector<std::uint32_t> next_;
};

}  // namespace

std::string test_compound_file(const std::vector<std::pair<std::string, std::string>>& streams) {
  Builder builder;
  for (const auto& [path, content] : streams) builder.add(path, content);
  return builder.file();
}

}  // namespace rappel::extractor
