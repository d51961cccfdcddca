#include "text/token_table.h"

#include <utility>

namespace rappel {
namespace {

constexpr std::size_t kCountBytes = 4;

std::size_t count_of(std::string_view bytes) {
  std::size_t count = 0;
  for (std::size_t i = kCountBytes; i-- > 0;) count = count << 8 | static_cast<unsigned char>(bytes[i]);
  return count;
}

Status damaged() { return Status(Code::kCorrupt, "the table of token ids is damaged"); }

}  // namespace

Result<TokenTable> TokenTable::parse(std::string bytes) {
  if (bytes.size() < kCountBytes) return damaged();
  const std::size_t count = count_of(bytes);
  if (count > bytes.size() - kCountBytes) return damaged();
  TokenTable table;
  table.first_ = kCountBytes + count;
  std::size_t end = table.first_;
  table.ends_.reserve(count);
  for (std::size_t id = 0; id < count; ++id) {
    end += static_cast<unsigned char>(bytes[kCountBytes + id]);
    table.ends_.push_back(static_cast<std::uint32_t>(end));
  }
  if (end != bytes.size()) return damaged();
  table.bytes_ = std::move(bytes);
  return table;
}

std::optional<std::string_view> TokenTable::bytes_of(std::int64_t id) const {
  if (id < 0 || static_cast<std::uint64_t>(id) >= ends_.size()) return std::nullopt;
  const auto i = static_cast<std::size_t>(id);
  const std::size_t begin = i == 0 ? first_ : ends_[i - 1];
  if (begin == ends_[i]) return std::nullopt;
  return std::string_view(bytes_).substr(begin, ends_[i] - begin);
}

}  // namespace rappel
