#include "text/naive_tokenizer.h"

#include <unicode/ubrk.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/utext.h>

#include <algorithm>

#include "base/utf8.h"
#include "text/bert_normalizer.h"

namespace rappel {
namespace {

std::u32string decode(const std::string& text) {
  std::u32string out;
  for (std::size_t at = 0, length; at < text.size(); at += length) out += utf8_decode(text, at, length);
  return out;
}

std::string encode_utf8(const std::u32string& text) {
  std::string out;
  for (const char32_t c : text) utf8_append(out, c);
  return out;
}

std::vector<std::string> graphemes(const std::string& text) {
  std::vector<std::string> out;
  UErrorCode error = U_ZERO_ERROR;
  UText* view = utext_openUTF8(nullptr, text.data(), static_cast<std::int64_t>(text.size()), &error);
  UBreakIterator* breaks = ubrk_open(UBRK_CHARACTER, "", nullptr, 0, &error);
  ubrk_setUText(breaks, view, &error);
  std::int32_t begin = ubrk_first(breaks);
  for (std::int32_t end; (end = ubrk_next(breaks)) != UBRK_DONE; begin = end)
    out.push_back(text.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)));
  ubrk_close(breaks);
  utext_close(view);
  return out;
}

std::u32string nfd(const std::u32string& text) {
  UErrorCode error = U_ZERO_ERROR;
  std::u16string units;
  for (const char32_t c : text) {
    if (c >= 0x10000) {
      units += static_cast<char16_t>(0xD7C0 + (c >> 10));
      units += static_cast<char16_t>(0xDC00 + (c & 0x3FF));
    } else {
      units += static_cast<char16_t>(c);
    }
  }
  std::u16string result(units.size() * 8 + 16, u'\0');
  const auto length =
      unorm2_normalize(unorm2_getNFDInstance(&error), units.data(), static_cast<std::int32_t>(units.size()),
                       result.data(), static_cast<std::int32_t>(result.size()), &error);
  result.resize(static_cast<std::size_t>(length));
  std::u32string out;
  for (std::size_t i = 0; i < result.size(); ++i) {
    char32_t c = result[i];
    if (c >= 0xD800 && c < 0xDC00) c = ((c - 0xD7C0) << 10) + (result[++i] & 0x3FFu);
    out += c;
  }
  return out;
}

std::string bert(const std::string& text) {
  std::u32string clean, spaced, bare, lower;
  for (const char32_t c : decode(text))
    if (c != 0 && c != 0xFFFD && !is_bert_control(c))
      clean += u_isUWhiteSpace(static_cast<UChar32>(c)) ? U' ' : c;
  for (const char32_t c : clean)
    spaced += is_bert_chinese(c) ? std::u32string{U' ', c, U' '} : std::u32string{c};
  for (const char32_t c : nfd(spaced))
    if (!is_bert_mark(c)) bare += c;
  for (const char32_t c : bare) append_bert_lower(lower, c);
  return encode_utf8(lower);
}

}  // namespace

NaiveTokenizer::NaiveTokenizer(TokenizerFile file) : file_(std::move(file)) {
  for (const TrieEntry& entry : file_.vocabulary) pieces_[std::string(entry.key)] = entry.value;
  for (const Json& token : file_.added_tokens)
    specials_.push_back({token["id"], token["content"], token["lstrip"]});
  if (file_.is_scored) {
    worst_ = *std::min_element(file_.scores.begin(), file_.scores.end());
    const std::string encoded = file_.normalizer["normalizers"][0]["precompiled_charsmap"];
    charsmap_ = *Charsmap::decode(encoded);
  }
}

std::vector<TokenId> NaiveTokenizer::encode(const std::string& text) const {
  std::vector<TokenId> ids;
  std::string between;
  for (std::size_t at = 0; at < text.size();) {
    const Special* found = nullptr;
    for (const Special& special : specials_)
      if (text.compare(at, special.content.size(), special.content) == 0 &&
          (found == nullptr || special.content.size() > found->content.size()))
        found = &special;
    if (found == nullptr) {
      between += text[at++];
      continue;
    }
    if (found->left_strip) {
      std::u32string stripped = decode(between);
      while (!stripped.empty() && u_isUWhiteSpace(static_cast<UChar32>(stripped.back()))) stripped.pop_back();
      between = encode_utf8(stripped);
    }
    add_segment(between, ids);
    between.clear();
    ids.push_back(found->id);
    at += found->content.size();
  }
  add_segment(between, ids);
  return ids;
}

void NaiveTokenizer::add_segment(const std::string& text, std::vector<TokenId>& ids) const {
  for (const std::string& word : words(normalize(text, file_.normalizer)))
    file_.is_scored ? add_unigram(word, ids) : add_wordpiece(word, ids);
}

std::string NaiveTokenizer::normalize(const std::string& text, const Json& config) const {
  const std::string type = config["type"];
  if (type == "BertNormalizer") return bert(text);
  if (type == "Precompiled") return apply_charsmap(text);
  if (type == "Replace") {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
      std::size_t end = at;
      while (end < text.size() && text[end] == ' ') ++end;
      if (end < at + 2) {
        out += text[at++];
        continue;
      }
      out += config["content"].get<std::string>();
      at = end;
    }
    return out;
  }
  if (type == "Strip") {
    std::u32string out = decode(text);
    while (!out.empty() && u_isUWhiteSpace(static_cast<UChar32>(out.back()))) out.pop_back();
    return encode_utf8(out);
  }
  std::string out = text;
  for (const Json& part : config["normalizers"]) out = normalize(out, part);
  return out;
}

std::string NaiveTokenizer::apply_charsmap(const std::string& text) const {
  const auto& map = static_cast<const Charsmap&>(*charsmap_);
  std::string out;
  for (const std::string& cluster : graphemes(text)) {
    const auto whole = cluster.size() < 6 ? map.find(cluster) : std::nullopt;
    if (whole) {
      out += *whole;
      continue;
    }
    for (const char32_t c : decode(cluster)) {
      const std::string alone = encode_utf8({c});
      const auto found = map.find(alone);
      out += found ? std::string(*found) : alone;
    }
  }
  return out;
}

std::vector<std::string> NaiveTokenizer::words(const std::string& text) const {
  std::vector<std::string> out(1);
  if (file_.is_scored) {
    const std::u32string points = decode(text);
    for (std::size_t i = 0; i < points.size(); ++i) {
      const bool mark = points[i] == U' ' || points[i] == U'\u2581';
      if (mark && i > 0) out.emplace_back();
      if (mark || i == 0) out.back() += "\u2581";
      if (!mark) utf8_append(out.back(), points[i]);
    }
  } else {
    for (const char32_t c : decode(text)) {
      const bool space = u_isUWhiteSpace(static_cast<UChar32>(c)), alone = is_bert_punctuation(c);
      if (space || alone) out.emplace_back();
      if (!space) utf8_append(out.back(), c);
      if (alone) out.emplace_back();
    }
  }
  std::erase(out, "");
  return out;
}

// Scores and back pointers of every prefix, trying every piece of the vocabulary at every place.
void NaiveTokenizer::add_unigram(const std::string& word, std::vector<TokenId>& ids) const {
  const std::u32string points = decode(word);
  struct Best {
    double score = -1e300;
    std::size_t start = 0;
    TokenId id = 0;
  };
  const TokenId unknown = file_.model["unk_id"];
  std::vector<Best> best(points.size() + 1);
  best[0].score = 0;
  for (std::size_t start = 0; start < points.size(); ++start) {
    bool known = false;
    for (std::size_t end = start + 1; end <= points.size(); ++end) {
      const auto piece = pieces_.find(encode_utf8(points.substr(start, end - start)));
      if (piece == pieces_.end()) continue;
      known |= end == start + 1;
      const double score = best[start].score + file_.scores[static_cast<std::size_t>(piece->second)];
      if (score > best[end].score) best[end] = {score, start, piece->second};
    }
    const double alone = best[start].score + (worst_ - 10.0);
    if (!known && alone > best[start + 1].score) best[start + 1] = {alone, start, unknown};
  }
  std::vector<TokenId> reversed;
  for (std::size_t end = points.size(); end > 0; end = best[end].start)
    if (best[end].id != unknown || reversed.empty() || reversed.back() != unknown)
      reversed.push_back(best[end].id);
  ids.insert(ids.end(), reversed.rbegin(), reversed.rend());
}

void NaiveTokenizer::add_wordpiece(const std::string& word, std::vector<TokenId>& ids) const {
  const std::u32string points = decode(word);
  const TokenId unknown = pieces_.at(file_.model["unk_token"]);
  std::vector<TokenId> found;
  for (std::size_t start = 0; start < points.size();) {
    std::size_t end = points.size();
    for (; end > start; --end) {
      const std::string piece = (start > 0 ? "##" : "") + encode_utf8(points.substr(start, end - start));
      if (const auto known = pieces_.find(piece); known != pieces_.end()) {
        found.push_back(known->second);
        break;
      }
    }
    if (end == start) break;
    start = end;
    if (start == points.size() && points.size() <= 100) {
      ids.insert(ids.end(), found.begin(), found.end());
      return;
    }
  }
  ids.push_back(unknown);
}

}  // namespace rappel
