#include "text/token_decoder.h"

#include <algorithm>
#include <utility>

#include "text/json_fields.h"

namespace rappel {
namespace {

// The order in which the reference takes spaces away, one replacement after the other.
constexpr std::pair<std::string_view, std::string_view> kCleanups[] = {
    {" .", "."},   {" ?", "?"},           {" !", "!"},   {" ,", ","},     {" ' ", "'"},   {" n't", "n't"},
    {" 'm", "'m"}, {" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  if (from.empty()) return;
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

// Whether Metaspace puts its mark before the first word, by the name of today or that of older files.
Result<bool> prepends(const Json& config) {
  const std::string where = "decoder Metaspace";
  if (json_member(config, "prepend_scheme").is_null())
    return bool_field(config, where, "add_prefix_space", true);
  RAPPEL_ASSIGN(const std::string scheme, string_field(config, where, "prepend_scheme"));
  return scheme != "never";
}

}  // namespace

Result<TokenDecoder> TokenDecoder::build(const Json& decoder, const std::vector<TrieEntry>& vocabulary,
                                         const Json& added_tokens) {
  TokenDecoder out;
  RAPPEL_TRY(out.read_decoder(decoder));
  out.add_pieces(vocabulary, added_tokens);
  return out;
}

Status TokenDecoder::read_decoder(const Json& config) {
  if (config.is_null()) return {};
  RAPPEL_ASSIGN(type_, string_field(config, "decoder", "type"));
  if (type_ == "Metaspace") {
    kind_ = Kind::kMetaspace;
    RAPPEL_ASSIGN(mark_, string_field(config, "decoder Metaspace", "replacement"));
    RAPPEL_ASSIGN(drops_first_, prepends(config));
  } else if (type_ == "WordPiece") {
    kind_ = Kind::kWordPiece;
    RAPPEL_ASSIGN(mark_, string_field(config, "decoder WordPiece", "prefix"));
    RAPPEL_ASSIGN(cleanup_, bool_field(config, "decoder WordPiece", "cleanup", true));
  } else {
    kind_ = Kind::kUnknown;
  }
  return {};
}

// Added tokens count before the vocabulary. Their fields have been checked when the tokenizer was built.
void TokenDecoder::add_pieces(const std::vector<TrieEntry>& vocabulary, const Json& added_tokens) {
  std::vector<std::pair<TokenId, std::string_view>> pieces;
  if (added_tokens.is_array()) {
    for (const Json& token : added_tokens) {
      pieces.emplace_back(token["id"].get<TokenId>(), token["content"].get_ref<const std::string&>());
      if (json_member(token, "special") == true) special_.push_back(pieces.back().first);
    }
  }
  for (const TrieEntry& entry : vocabulary) pieces.emplace_back(entry.value, entry.key);
  std::sort(special_.begin(), special_.end());
  std::stable_sort(pieces.begin(), pieces.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  ids_.reserve(pieces.size());
  ends_.reserve(pieces.size());
  for (const auto& [id, piece] : pieces) {
    if (!ids_.empty() && ids_.back() == id) continue;
    ids_.push_back(id);
    pieces_ += piece;
    ends_.push_back(static_cast<std::uint32_t>(pieces_.size()));
  }
  pieces_.shrink_to_fit();
}

std::string_view TokenDecoder::text_of(TokenId id) const {
  const auto found = std::lower_bound(ids_.begin(), ids_.end(), id);
  if (found == ids_.end() || *found != id) return {};
  const auto place = static_cast<std::size_t>(found - ids_.begin());
  const std::size_t begin = place == 0 ? 0 : ends_[place - 1];
  return std::string_view(pieces_).substr(begin, ends_[place] - begin);
}

bool TokenDecoder::is_special(TokenId id) const {
  return std::binary_search(special_.begin(), special_.end(), id);
}

void TokenDecoder::append(std::string& out, std::string_view token, bool first) const {
  if (kind_ == Kind::kMetaspace) {
    std::string text(token);
    replace_all(text, mark_, first && drops_first_ ? "" : " ");
    out += text;
    return;
  }
  const bool continues = kind_ == Kind::kWordPiece && token.starts_with(mark_);
  if (!first && continues) token.remove_prefix(mark_.size());
  std::string text = first || continues ? std::string(token) : " " + std::string(token);
  if (kind_ == Kind::kWordPiece && cleanup_)
    for (const auto& [from, to] : kCleanups) replace_all(text, from, to);
  out += text;
}

Result<std::string> TokenDecoder::decode(std::span<const TokenId> ids, bool skip_special) const {
  if (kind_ == Kind::kUnknown)
    return Status(Code::kUnsupported, "the tokenizer's decoder \"" + type_ + "\" is not supported");
  std::string out;
  bool first = true;
  for (const TokenId id : ids) {
    const std::string_view token = text_of(id);
    if (token.empty() || (skip_special && is_special(id))) continue;
    append(out, token, first);
    first = false;
  }
  return out;
}

}  // namespace rappel
