#include "ingest/chunk/context.h"

#include <algorithm>
#include <utility>

namespace rappel {
namespace {

constexpr std::size_t kMostTokens = 64;
// Tokens at the border of two texts may be others than those of each alone.
constexpr std::size_t kMargin = 2;

}  // namespace

Status Contexts::set(std::vector<std::string> lines) {
  if (lines == lines_) return {};
  lines_ = std::move(lines);
  text_.clear();
  tokens_ = 0;
  const std::size_t most = std::min(kMostTokens, options_.tokens / 3);
  for (std::size_t i = lines_.size(); i > 0; --i) {
    std::string line = lines_[i - 1] + "\n";
    RAPPEL_ASSIGN(std::vector<ByteRange> ranges, read_tokens_(line));
    std::erase_if(ranges, [](const ByteRange& range) { return range.end <= range.begin; });
    if (tokens_ + ranges.size() > most) {
      if (!text_.empty() || most == 0) break;
      line.resize(ranges[most - 1].end);
      line += '\n';
    }
    tokens_ += std::min(ranges.size(), most);
    text_ = line + text_;
  }
  return {};
}

std::size_t Contexts::piece_tokens() const {
  if (options_.room == 0 || text_.empty()) return options_.tokens;
  const std::size_t left = options_.room - std::min(options_.room, tokens_ + kMargin);
  return std::clamp<std::size_t>(left * 10 / 11, 1, options_.tokens);
}

}  // namespace rappel
