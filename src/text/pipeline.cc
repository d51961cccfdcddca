#include "text/pipeline.h"

#include <algorithm>

#include "base/utf8.h"
#include "text/json_fields.h"
#include "text/unicode.h"
#include "text/unigram.h"
#include "text/wordpiece.h"

namespace rappel {
namespace {

using Kind = PostTemplate::Part::Kind;

// Older files leave "type" out.
Result<std::string> model_type(const TokenizerFile& file) {
  if (!json_member(file.model, "type").is_null()) return string_field(file.model, "model", "type");
  if (file.is_scored) return std::string("Unigram");
  if (file.has_merges) return std::string("BPE");
  if (!json_member(file.model, "continuing_subword_prefix").is_null()) return std::string("WordPiece");
  return Status(Code::kCorrupt, "model: \"type\" is missing");
}

Status missing_vocabulary() { return {Code::kCorrupt, "model: \"vocab\" is missing or empty"}; }

Result<std::unique_ptr<Unigram>> unigram_from_file(TokenizerFile& file) {
  if (!file.is_scored || file.scores.empty()) return missing_vocabulary();
  RAPPEL_ASSIGN(const bool fallback, bool_field(file.model, "model Unigram", "byte_fallback", false));
  if (fallback) return Status(Code::kUnsupported, "model Unigram: \"byte_fallback\" is not supported");
  RAPPEL_ASSIGN(const long long unknown, integer_field(file.model, "model Unigram", "unk_id", 0,
                                                       static_cast<long long>(file.scores.size()) - 1));
  return Unigram::build(file.vocabulary, std::move(file.scores), static_cast<TokenId>(unknown));
}

Result<std::unique_ptr<WordPiece>> wordpiece_from_file(TokenizerFile& file) {
  const std::string where = "model WordPiece";
  if (file.is_scored || file.vocabulary.empty()) return missing_vocabulary();
  WordPieceOptions options;
  RAPPEL_ASSIGN(options.continuing_prefix, string_field(file.model, where, "continuing_subword_prefix"));
  if (!json_member(file.model, "max_input_chars_per_word").is_null()) {
    RAPPEL_ASSIGN(const long long most,
                  integer_field(file.model, where, "max_input_chars_per_word", 1, 1'000'000));
    options.max_word_characters = static_cast<std::size_t>(most);
  }
  RAPPEL_ASSIGN(const std::string unknown, string_field(file.model, where, "unk_token"));
  std::int32_t largest = 0;
  bool found = false;
  for (const TrieEntry& entry : file.vocabulary) {
    largest = std::max(largest, entry.value);
    if (entry.key != unknown) continue;
    options.unknown_id = entry.value;
    found = true;
  }
  if (!found)
    return Status(Code::kCorrupt, where + ": unk_token \"" + unknown + "\" is not in the vocabulary");
  return WordPiece::build(file.vocabulary, static_cast<std::size_t>(largest) + 1, std::move(options));
}

// Gives text that normalisation dropped between two tokens to the one before (the first token takes what is
// before it), so that every visible character is in the range of a token. `complete`: the tokens reach to the
// end of the text.
void close_gaps(std::string_view text, std::vector<ByteRange>& offsets, bool complete) {
  const auto visible = [&](std::uint32_t begin, std::uint32_t end) {
    ByteRange found{end, end};
    for (std::size_t at = begin, length; at < end; at += length) {
      if (is_white_space(utf8_decode(text, at, length))) continue;
      if (found.begin == end) found.begin = static_cast<std::uint32_t>(at);
      found.end = static_cast<std::uint32_t>(at + length);
    }
    return found;
  };
  std::uint32_t covered = 0;
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    ByteRange& range = offsets[i];
    if (range.begin > covered) {
      const ByteRange gap = visible(covered, range.begin);
      if (gap.begin < gap.end && i == 0) range.begin = gap.begin;
      if (gap.begin < gap.end && i > 0) offsets[i - 1].end = gap.end;
    }
    covered = std::max(covered, range.end);
  }
  const auto size = static_cast<std::uint32_t>(text.size());
  if (!complete || offsets.empty() || covered >= size) return;
  const ByteRange gap = visible(covered, size);
  if (gap.begin < gap.end) offsets.back().end = gap.end;
}

}  // namespace

// One call's state: where tokens gather, and the buffers that its steps share.
struct PipelineTokenizer::Run {
  std::size_t limit = static_cast<std::size_t>(-1);  // tokens wanted; a word more may come
  bool tracked = false;
  std::vector<TokenId> ids;
  std::vector<ByteRange> offsets;

  NormalText text, scratch;
  std::vector<TextPart> parts, normal_parts;
  std::vector<WordRange> words;
  PieceBuffer pieces;
  StopPoll stop;

  // Whether the rest of the text is left out.
  bool full() { return ids.size() >= limit || stop.stopped(); }

  void add(TokenId id, ByteRange range) {
    ids.push_back(id);
    if (tracked) offsets.push_back(range);
  }
};

Result<std::shared_ptr<const Tokenizer>> PipelineTokenizer::create(TokenizerFile file) {
  std::shared_ptr<PipelineTokenizer> out(new PipelineTokenizer());
  RAPPEL_TRY(out->add_model(file));
  RAPPEL_ASSIGN(out->normalizers_, NormalizerChain::from_json(file.normalizer));
  RAPPEL_ASSIGN(out->pre_tokenizer_, PreTokenizer::from_json(file.pre_tokenizer));
  RAPPEL_TRY(out->add_added_tokens(file.added_tokens));
  RAPPEL_ASSIGN(out->template_, PostTemplate::from_json(file.post_processor, out->vocabulary_size_));
  if (!file.token_types) out->template_.drop_token_types();
  RAPPEL_TRY(out->add_special_ids(file.padding));
  RAPPEL_ASSIGN(out->decoder_, TokenDecoder::build(file.decoder, file.vocabulary, file.added_tokens));
  return std::shared_ptr<const Tokenizer>(std::move(out));
}

Status PipelineTokenizer::add_model(TokenizerFile& file) {
  RAPPEL_ASSIGN(const std::string type, model_type(file));
  if (type == "Unigram") {
    RAPPEL_ASSIGN(model_, unigram_from_file(file));
  } else if (type == "WordPiece") {
    RAPPEL_ASSIGN(model_, wordpiece_from_file(file));
  } else {
    return {Code::kUnsupported, "model \"" + type + "\" is not supported (known: Unigram, WordPiece)"};
  }
  vocabulary_size_ = model_->size();
  return {};
}

Result<AddedToken> PipelineTokenizer::parse_added_token(const Json& config) const {
  const std::string where = "added_tokens";
  AddedToken token;
  RAPPEL_ASSIGN(token.content, string_field(config, where, "content"));
  // Tokens outside of the model's vocabulary are numbered after it.
  RAPPEL_ASSIGN(const long long id,
                integer_field(config, where, "id", 0, static_cast<long long>(model_->size()) + 65535));
  token.id = static_cast<TokenId>(id);
  RAPPEL_ASSIGN(token.single_word, bool_field(config, where, "single_word", false));
  RAPPEL_ASSIGN(token.left_strip, bool_field(config, where, "lstrip", false));
  RAPPEL_ASSIGN(token.right_strip, bool_field(config, where, "rstrip", false));
  RAPPEL_ASSIGN(const bool special, bool_field(config, where, "special", false));
  RAPPEL_ASSIGN(token.normalized, bool_field(config, where, "normalized", !special));
  const TokenId known = model_->find(token.content);
  if (known >= 0 && known != token.id)
    return Status(Code::kCorrupt, where + ": \"" + token.content + "\" has id " + std::to_string(token.id) +
                                      " but is " + std::to_string(known) + " in the vocabulary");
  return token;
}

Status PipelineTokenizer::add_added_tokens(const Json& config) {
  if (config.is_null()) return {};
  if (!config.is_array() || config.size() > 65536) return {Code::kCorrupt, "\"added_tokens\" must be a list"};
  std::vector<AddedToken> raw, normalized;
  for (const Json& item : config) {
    RAPPEL_ASSIGN(AddedToken token, parse_added_token(item));
    vocabulary_size_ = std::max(vocabulary_size_, static_cast<std::size_t>(token.id) + 1);
    if (token.content.empty()) continue;
    if (token.normalized) {
      NormalText text, scratch;
      text.assign(token.content, 0, false);
      StopPoll never;
      normalizers_.apply(text, scratch, never);
      if (text.text.empty())
        return {Code::kUnsupported, "added_tokens: \"" + token.content + "\" is empty once normalised"};
      token.content = std::move(text.text);
    }
    (token.normalized ? normalized : raw).push_back(std::move(token));
  }
  RAPPEL_ASSIGN(raw_tokens_, AddedTokens::build(std::move(raw)));
  RAPPEL_ASSIGN(normalized_tokens_, AddedTokens::build(std::move(normalized)));
  return {};
}

Status PipelineTokenizer::add_special_ids(const Json& padding) {
  pad_id_ = std::max({TokenId{0}, model_->find("<pad>"), model_->find("[PAD]")});
  if (!json_member(padding, "pad_id").is_null()) {
    RAPPEL_ASSIGN(const long long id, integer_field(padding, "padding", "pad_id", 0,
                                                    static_cast<long long>(vocabulary_size_) - 1));
    pad_id_ = static_cast<TokenId>(id);
  }
  non_lexical_ids_ = {pad_id_, model_->unknown_id()};
  for (const PostTemplate::Part& part : template_.single())
    if (part.kind == Kind::kSpecial) non_lexical_ids_.push_back(part.id);
  std::sort(non_lexical_ids_.begin(), non_lexical_ids_.end());
  non_lexical_ids_.erase(std::unique(non_lexical_ids_.begin(), non_lexical_ids_.end()),
                         non_lexical_ids_.end());
  return {};
}

Encoding PipelineTokenizer::encode(std::string_view text, const EncodeOptions& options) const {
  Run run;
  const std::size_t specials = special_tokens_single();
  run.limit = options.max_length > specials ? options.max_length - specials : 0;
  run.tracked = options.offsets;
  run.stop = StopPoll(options.cancel);
  run_text(text, run);
  const std::size_t length = std::min(run.ids.size(), run.limit);
  Encoding out;
  out.ids.reserve(length + specials);
  if (run.tracked) out.offsets.reserve(length + specials);
  bool typed = false;
  for (const PostTemplate::Part& part : template_.single()) {
    typed |= part.type_id != 0;
    const bool special = part.kind == Kind::kSpecial;
    const auto end = static_cast<std::ptrdiff_t>(length);
    out.type_ids.insert(out.type_ids.end(), special ? 1 : length, part.type_id);
    if (special)
      out.ids.push_back(part.id);
    else
      out.ids.insert(out.ids.end(), run.ids.begin(), run.ids.begin() + end);
    if (!run.tracked) continue;
    if (special)
      out.offsets.push_back({});
    else
      out.offsets.insert(out.offsets.end(), run.offsets.begin(), run.offsets.begin() + end);
  }
  if (!typed) out.type_ids.clear();
  return out;
}

std::size_t PipelineTokenizer::leading_specials() const {
  const auto& parts = template_.single();
  const auto text = std::find_if(parts.begin(), parts.end(),
                                 [](const PostTemplate::Part& part) { return part.kind != Kind::kSpecial; });
  return static_cast<std::size_t>(text - parts.begin());
}

std::vector<TokenId> PipelineTokenizer::encode_bare(std::string_view text, std::stop_token cancel) const {
  Run run;
  run.stop = StopPoll(std::move(cancel));
  run_text(text, run);
  return std::move(run.ids);
}

Encoding PipelineTokenizer::assemble_pair(const TokenId* query, std::size_t query_length,
                                          const TokenId* passage, std::size_t passage_length) const {
  Encoding out;
  out.ids.reserve(query_length + passage_length + special_tokens_pair());
  bool typed = false;
  for (const PostTemplate::Part& part : template_.pair()) {
    if (part.kind == Kind::kSpecial) out.ids.push_back(part.id);
    if (part.kind == Kind::kFirst) out.ids.insert(out.ids.end(), query, query + query_length);
    if (part.kind == Kind::kSecond) out.ids.insert(out.ids.end(), passage, passage + passage_length);
    out.type_ids.resize(out.ids.size(), part.type_id);
    typed |= part.type_id != 0;
  }
  if (!typed) out.type_ids.clear();
  return out;
}

void PipelineTokenizer::run_text(std::string_view text, Run& run) const {
  const bool valid = utf8_valid_prefix(text) == text.size();
  RepairedText repaired;
  if (!valid) {
    repaired = utf8_repair(text);
    text = repaired.text;
  }
  if (raw_tokens_.empty()) {
    if (!text.empty()) run.parts.push_back({-1, 0, text.size()});
  } else {
    raw_tokens_.split(text, run.parts, run.stop);
  }
  for (const TextPart& part : run.parts) {
    if (run.full()) break;
    if (part.id >= 0)
      run.add(part.id, {static_cast<std::uint32_t>(part.begin), static_cast<std::uint32_t>(part.end)});
    else
      run_segment(text.substr(part.begin, part.end - part.begin), part.begin, run);
  }
  if (!run.tracked) return;
  close_gaps(text, run.offsets, !run.full());
  if (valid) return;
  for (ByteRange& range : run.offsets) range = {repaired.origin[range.begin], repaired.origin[range.end]};
}

void PipelineTokenizer::run_segment(std::string_view segment, std::size_t base, Run& run) const {
  run.text.assign(segment, base, run.tracked);
  normalizers_.apply(run.text, run.scratch, run.stop);
  if (normalized_tokens_.empty()) {
    run_words(run.text, base == 0, run);
    return;
  }
  run.normal_parts.clear();
  normalized_tokens_.split(run.text.text, run.normal_parts, run.stop);
  const NormalText whole = std::move(run.text);
  for (const TextPart& part : run.normal_parts) {
    if (part.id >= 0) {
      run.add(part.id, run.tracked ? whole.range(part.begin, part.end) : ByteRange{});
      continue;
    }
    run.text.clear(run.tracked);
    run.text.copy(whole, part.begin, part.end);
    run_words(run.text, base == 0 && part.begin == 0, run);
  }
}

void PipelineTokenizer::run_words(NormalText& text, bool at_start, Run& run) const {
  run.words.clear();
  pre_tokenizer_.cut(text, run.scratch, at_start, run.words, run.stop);
  for (const WordRange& word : run.words) {
    if (run.full()) return;
    run.pieces.clear();
    const auto bytes = std::string_view(text.text).substr(word.begin, word.end - word.begin);
    model_->tokenize(bytes, run.pieces, run.stop);
    std::size_t begin = word.begin;
    for (std::size_t i = 0; i < run.pieces.ids.size(); ++i) {
      const std::size_t end = word.begin + run.pieces.ends[i];
      run.add(run.pieces.ids[i], run.tracked ? text.range(begin, end) : ByteRange{});
      begin = end;
    }
  }
}

}  // namespace rappel
