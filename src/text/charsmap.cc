#include "text/charsmap.h"

#include <algorithm>

#include "text/unicode.h"

namespace rappel {
namespace {

Status corrupt(const std::string& why) {
  return {Code::kCorrupt,
          "normalizer Precompiled: \"precompiled_charsmap\" " + why + "; download the file again"};
}

int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

std::optional<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  std::string out;
  out.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const int value = base64_value(c);
    if (value < 0) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>(bits >> held);
  }
  return out;
}

std::uint32_t read_u32(std::string_view bytes, std::size_t at) {
  std::uint32_t out = 0;
  for (std::size_t i = 4; i-- > 0;) out = out << 8 | static_cast<unsigned char>(bytes[at + i]);
  return out;
}

// The fields of a Darts cell.
bool has_leaf(std::uint32_t cell) { return (cell >> 8 & 1) != 0; }
std::uint32_t leaf_value(std::uint32_t cell) { return cell & 0x7FFFFFFFu; }
std::uint32_t label(std::uint32_t cell) { return cell & 0x800000FFu; }
std::uint32_t offset(std::uint32_t cell) { return cell >> 10 << ((cell & 0x200u) >> 6); }

constexpr std::size_t kWholeClusterBelow = 6;

}  // namespace

Result<std::unique_ptr<const Normalizer>> Charsmap::decode(std::string_view base64) {
  const auto blob = base64_decode(base64);
  if (!blob) return corrupt("is not base64");
  RAPPEL_ASSIGN(auto map, parse(*blob));
  return std::unique_ptr<const Normalizer>(std::move(map));
}

Result<std::unique_ptr<Charsmap>> Charsmap::parse(std::string_view blob) {
  if (blob.size() < 4) return corrupt("is cut short");
  const std::size_t array_bytes = read_u32(blob, 0);
  if (array_bytes < 4 || array_bytes % 4 != 0 || array_bytes > blob.size() - 4)
    return corrupt("is cut short: its trie should have " + std::to_string(array_bytes) + " bytes");
  std::unique_ptr<Charsmap> map(new Charsmap());
  map->cells_.resize(array_bytes / 4);
  for (std::size_t i = 0; i < map->cells_.size(); ++i) map->cells_[i] = read_u32(blob, 4 + i * 4);
  map->replacements_ = blob.substr(4 + array_bytes);
  if (utf8_valid_prefix(map->replacements_) != map->replacements_.size())
    return corrupt("holds text that is not UTF-8");
  map->replacements_ += '\0';  // so that the last one is terminated in any case
  RAPPEL_TRY(map->index_characters());
  return map;
}

Status Charsmap::index_characters() {
  std::string encoded;
  for (char32_t c = 0; c < 0x10000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    encoded.clear();
    utf8_append(encoded, c);
    if (!find_leaf(encoded)) continue;
    mapped_[c >> 6] |= std::uint64_t{1} << (c & 63);
    if (!find(encoded)) return corrupt("has an entry that points outside of its replacements");
  }
  return {};
}

std::optional<std::uint32_t> Charsmap::find_leaf(std::string_view chunk) const {
  std::size_t at = offset(cells_[0]);
  for (const char c : chunk) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == 0) break;
    at ^= byte;
    if (at >= cells_.size()) return std::nullopt;
    const std::uint32_t cell = cells_[at];
    if (label(cell) != byte) return std::nullopt;
    at ^= offset(cell);
    if (!has_leaf(cell)) continue;
    if (at >= cells_.size()) return std::nullopt;
    return leaf_value(cells_[at]);
  }
  return std::nullopt;
}

std::optional<std::string_view> Charsmap::find(std::string_view chunk) const {
  const auto leaf = find_leaf(chunk);
  if (!leaf || *leaf >= replacements_.size()) return std::nullopt;
  if ((static_cast<unsigned char>(replacements_[*leaf]) & 0xC0) == 0x80)
    return std::nullopt;  // inside a character
  return std::string_view(replacements_.c_str() + *leaf);
}

bool Charsmap::apply(const NormalText& in, NormalText& out, StopPoll& stop) const {
  out.text.reserve(in.text.size() + in.text.size() / 8);
  for (std::size_t at = 0, done = 0; at < in.text.size() && !stop.stopped(at - done);) {
    done = at;
    at = apply_ascii(in, at, out);
    if (at < in.text.size()) at = apply_cluster(in, at, out, stop);
  }
  return true;
}

// Copies printable ASCII from `at` on, as far as each character is sure to be a cluster of its own: another
// one follows, or the text ends. Returns where it stopped: after some thousand characters at most.
std::size_t Charsmap::apply_ascii(const NormalText& in, std::size_t at, NormalText& out) const {
  const std::string& text = in.text;
  const std::size_t begin = at, end = std::min(text.size(), at + StopPoll::kSteps);
  while (at < end && static_cast<unsigned char>(text[at] - 0x20) < 0x5F &&
         !may_change(static_cast<unsigned char>(text[at])))
    ++at;
  if (at < text.size() && static_cast<unsigned char>(text[at]) >= 0x80 && at > begin) --at;
  out.copy(in, begin, at);
  return at;
}

std::size_t Charsmap::apply_cluster(const NormalText& in, std::size_t at, NormalText& out,
                                    StopPoll& stop) const {
  const std::string& text = in.text;
  std::size_t length;
  const char32_t first = utf8_decode(text, at, length);
  std::size_t end = at + length;
  if (grapheme_class(first) != GraphemeClass::kOther) {
    end = grapheme_end(text, at, stop);
  } else if (end < text.size()) {
    std::size_t ignored;
    if (!starts_cluster_after_other(grapheme_class(utf8_decode(text, end, ignored))))
      end = grapheme_end(text, at, stop);
  }
  if (end == at + length) {
    if (may_change(first))
      apply_character(in, at, end, out);
    else
      out.copy(in, at, end);
    return end;
  }
  if (end - at < kWholeClusterBelow) {
    if (const auto found = find(std::string_view(text).substr(at, end - at))) {
      out.replace(in, at, end, *found);
      return end;
    }
  }
  for (std::size_t part = at; part < end && !stop.stopped(); part += length) {
    length = utf8_length(text[part]);
    apply_character(in, part, part + length, out);
  }
  return end;
}

void Charsmap::apply_character(const NormalText& in, std::size_t begin, std::size_t end,
                               NormalText& out) const {
  if (const auto found = find(std::string_view(in.text).substr(begin, end - begin)))
    out.replace(in, begin, end, *found);
  else
    out.copy(in, begin, end);
}

}  // namespace rappel
