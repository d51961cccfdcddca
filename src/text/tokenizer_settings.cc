#include "text/tokenizer_settings.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>
#include <utility>

#include "base/os/file.h"
#include "text/json_fields.h"
#include "text/post_template.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFileBytes = std::size_t{256} << 20;
constexpr std::size_t kMaxSettingsBytes = std::size_t{8} << 20;
constexpr std::size_t kMaxTokens = 65536;
constexpr std::size_t kNamedTokens = 5;  // in a note
constexpr double kNoLimit = 1e9;
constexpr const char* kConfig = "tokenizer_config.json";
constexpr const char* kSpecialTokens = "special_tokens_map.json";
constexpr const char* kAddedTokens = "added_tokens.json";
constexpr const char* kDecoder = "added_tokens_decoder";

Result<Json> read_object(const fs::path& folder, const char* name) {
  const auto text = read_file(folder / name, kMaxSettingsBytes);
  if (!text.ok() && text.status().code() == Code::kNotFound) return Json();
  if (!text.ok()) return text.status();
  auto json = parse_json(*text);
  if (!json.ok()) return Status(Code::kCorrupt, (folder / name).string() + ": " + json.status().message());
  if (!json->is_object() && !json->is_null())
    return Status(Code::kCorrupt, (folder / name).string() + ": is not a JSON object");
  return json;
}

// tokenizer_config.json's class, or the one that transformers takes for such a model; without "Fast".
Result<std::string> tokenizer_class(const TokenizerSettings& settings, const TokenizerFile& file) {
  std::string name = file.is_scored ? "XLMRobertaTokenizer" : "BertTokenizer";
  if (!json_member(settings.config, "tokenizer_class").is_null()) {
    RAPPEL_ASSIGN(name, string_field(settings.config, kConfig, "tokenizer_class"));
  }
  if (name.ends_with("Fast")) name.resize(name.size() - 4);
  return name;
}

// --- lower case, accents, Chinese characters ---

struct BertFlags {
  bool lower = true, strip = true, chinese = true;
  bool operator==(const BertFlags&) const = default;
};

// strip_accents follows the lower-casing where it is null.
Result<BertFlags> bert_flags(const Json& object, const std::string& where, const char* lower,
                             const char* chinese) {
  BertFlags flags;
  RAPPEL_ASSIGN(flags.lower, bool_field(object, where, lower, true));
  RAPPEL_ASSIGN(flags.strip, bool_field(object, where, "strip_accents", flags.lower));
  RAPPEL_ASSIGN(flags.chinese, bool_field(object, where, chinese, true));
  return flags;
}

void note_flag(const char* what, const char* setting, bool wanted, bool found,
               const TokenizerSettings& settings, std::vector<std::string>& notes) {
  if (wanted == found) return;
  std::string note = std::string(what) + ": " + (wanted ? "on" : "off") + ", from ";
  if (settings.config.is_null())
    note += "the defaults of transformers (tokenizer_config.json is missing)";
  else if (json_member(settings.config, setting).is_null())
    note += std::string("the defaults of transformers (tokenizer_config.json has no ") + setting + ")";
  else
    note += std::string("tokenizer_config.json (") + setting + ")";
  notes.push_back(note + "; tokenizer.json says " + (found ? "on" : "off"));
}

Status apply_bert_flags(const TokenizerSettings& settings, const std::string& tokenizer, TokenizerFile& file,
                        TokenizerFacts& facts) {
  if (tokenizer == "PreTrainedTokenizer" || file.is_scored || !file.normalizer.is_object()) return {};
  if (json_member(file.normalizer, "type") != "BertNormalizer") return {};
  RAPPEL_ASSIGN(const BertFlags wanted,
                bert_flags(settings.config, kConfig, "do_lower_case", "tokenize_chinese_chars"));
  RAPPEL_ASSIGN(const BertFlags found, bert_flags(file.normalizer, "normalizer BertNormalizer", "lowercase",
                                                  "handle_chinese_chars"));
  if (wanted == found) return {};
  note_flag("lower case", "do_lower_case", wanted.lower, found.lower, settings, facts.notes);
  note_flag("accents removed", "strip_accents", wanted.strip, found.strip, settings, facts.notes);
  note_flag("Chinese characters apart", "tokenize_chinese_chars", wanted.chinese, found.chinese, settings,
            facts.notes);
  file.normalizer["lowercase"] = wanted.lower;
  file.normalizer["strip_accents"] = wanted.strip;
  file.normalizer["handle_chinese_chars"] = wanted.chinese;
  facts.changes += dump_json(file.normalizer);
  return {};
}

// --- added tokens ---

struct Token {
  std::string content;
  bool single_word = false, left_strip = false, right_strip = false, special = false, normalized = false;
};

Result<Token> read_token(const Json& value, const std::string& where) {
  Token token;
  RAPPEL_ASSIGN(token.content, string_field(value, where, "content"));
  RAPPEL_ASSIGN(token.single_word, bool_field(value, where, "single_word", false));
  RAPPEL_ASSIGN(token.left_strip, bool_field(value, where, "lstrip", false));
  RAPPEL_ASSIGN(token.right_strip, bool_field(value, where, "rstrip", false));
  RAPPEL_ASSIGN(token.special, bool_field(value, where, "special", false));
  RAPPEL_ASSIGN(token.normalized, bool_field(value, where, "normalized", !token.special));
  return token;
}

std::string quoted(const std::string& content) { return "\"" + content + "\""; }

// Changes the "added_tokens" of a tokenizer.json.
class AddedTokenList {
 public:
  // `rows`: of the model's table.
  AddedTokenList(TokenizerFile& file, long long rows)
      : file_(file), rows_(rows), next_id_(static_cast<long long>(file.vocabulary.size())) {
    if (!file.added_tokens.is_array()) return;
    for (std::size_t i = 0; i < file.added_tokens.size(); ++i) {
      const Json& content = json_member(file.added_tokens[i], "content");
      count_id(json_member(file.added_tokens[i], "id"));
      if (content.is_string()) places_.emplace(content.get<std::string>(), i);
    }
  }

  // The id that AutoTokenizer gives the token is not chosen by `id`: a different one is kCorrupt.
  Status merge(const Token& token, long long id, const std::string& where) {
    if (token.content.empty()) return {};
    if (const auto place = places_.find(token.content); place != places_.end()) {
      Json& known = file_.added_tokens[place->second];
      RAPPEL_TRY(same_id(token, id, json_member(known, "id"), where));
      RAPPEL_ASSIGN(const Token found, read_token(known, "added_tokens"));
      if (found.single_word == token.single_word && found.left_strip == token.left_strip &&
          found.right_strip == token.right_strip && found.normalized == token.normalized)
        return {};
      set_flags(token, known);
      changed_.push_back(token.content);
      return {};
    }
    const auto piece = vocabulary().find(token.content);
    const long long given = piece != vocabulary().end() ? piece->second : next_id_;
    RAPPEL_TRY(same_id(token, id, given, where));
    add(token, given);
    return {};
  }

  // A token that is named as special. One that tokenizer.json lists keeps its flags.
  void merge_special(const Token& token) {
    if (token.content.empty() || places_.contains(token.content)) return;
    const auto piece = vocabulary().find(token.content);
    add(token, piece != vocabulary().end() ? piece->second : next_id_);
  }

  void finish(const std::string& source, TokenizerFacts& facts) const {
    const auto note = [&](const char* before, const std::vector<std::string>& tokens,
                          const std::string& after) {
      if (tokens.empty()) return;
      std::string names;
      for (std::size_t i = 0; i < std::min(tokens.size(), kNamedTokens); ++i)
        names += (i == 0 ? "" : ", ") + quoted(tokens[i]);
      if (tokens.size() > kNamedTokens)
        names += " and " + std::to_string(tokens.size() - kNamedTokens) + " more";
      facts.notes.push_back(before + names + after);
    };
    note("added tokens: ", added_, ", from " + source + "; tokenizer.json does not list them");
    note("added tokens: the flags of ", changed_, " are those of " + source + "; tokenizer.json has others");
    note("added tokens: ", left_out_, " of " + source + " left out, because the model has no row for them");
    if (!added_.empty() || !changed_.empty()) facts.changes += dump_json(file_.added_tokens);
  }

 private:
  // Built when a token is first looked for that tokenizer.json does not list.
  const std::unordered_map<std::string_view, std::int32_t>& vocabulary() {
    if (vocabulary_.empty())
      for (const TrieEntry& entry : file_.vocabulary) vocabulary_.emplace(entry.key, entry.value);
    return vocabulary_;
  }

  void count_id(const Json& id) {
    if (id.is_number_integer()) next_id_ = std::max(next_id_, std::min(id.get<long long>(), 1LL << 40) + 1);
  }

  static Status same_id(const Token& token, long long id, const Json& given, const std::string& where) {
    if (given == id) return {};
    return Status(Code::kCorrupt, where + ": token " + quoted(token.content) + " has id " +
                                      std::to_string(id) + ", but tokenizer.json gives it " +
                                      dump_json(given) + "; save the tokenizer again with save_pretrained");
  }

  static void set_flags(const Token& token, Json& to) {
    to["single_word"] = token.single_word;
    to["lstrip"] = token.left_strip;
    to["rstrip"] = token.right_strip;
    to["normalized"] = token.normalized;
    to["special"] = token.special;
  }

  void add(const Token& token, long long id) {
    if (id >= rows_) return left_out_.push_back(token.content);
    if (!file_.added_tokens.is_array()) file_.added_tokens = Json::array();
    Json entry = {{"id", id}, {"content", token.content}};
    set_flags(token, entry);
    count_id(entry["id"]);
    places_.emplace(token.content, file_.added_tokens.size());
    file_.added_tokens.push_back(std::move(entry));
    added_.push_back(token.content);
  }

  TokenizerFile& file_;
  long long rows_;
  long long next_id_;  // of a token that no file numbers
  std::unordered_map<std::string, std::size_t> places_;
  std::unordered_map<std::string_view, std::int32_t> vocabulary_;
  std::vector<std::string> added_, changed_, left_out_;
};

using NumberedTokens = std::vector<std::pair<long long, Token>>;

// {"4": {"content": "[MASK]", ..}}, in the order of the ids.
Result<NumberedTokens> decoder_tokens(const Json& decoder) {
  const std::string where = std::string(kConfig) + ": " + kDecoder;
  if (!decoder.is_object() || decoder.size() > kMaxTokens)
    return Status(Code::kCorrupt,
                  where + " must be an object of at most " + std::to_string(kMaxTokens) + " tokens");
  NumberedTokens tokens;
  for (const auto& [key, value] : decoder.items()) {
    long long id = -1;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), id);
    if (error != std::errc() || end != key.data() + key.size() || id < 0)
      return Status(Code::kCorrupt, where + ": " + quoted(key) + " is not a token id");
    RAPPEL_ASSIGN(Token token, read_token(value, where));
    tokens.emplace_back(id, std::move(token));
  }
  return tokens;
}

// {"<a>": 331}; a token that is not special is looked for in normalized text.
Result<NumberedTokens> older_tokens(const Json& list) {
  NumberedTokens tokens;
  if (list.size() > kMaxTokens)
    return Status(Code::kCorrupt, std::string(kAddedTokens) + " names too many tokens");
  for (const auto& [content, id] : list.items()) {
    if (!id.is_number_integer())
      return Status(Code::kCorrupt, std::string(kAddedTokens) + ": an id is not a number");
    Token token;
    token.content = content;
    token.normalized = true;
    tokens.emplace_back(id.get<long long>(), std::move(token));
  }
  return tokens;
}

// "[MASK]", or {"content": "[MASK]", ..}.
Status add_special(const Json& value, const std::string& where, AddedTokenList& list) {
  if (value.is_null()) return {};
  Token token;
  if (value.is_string())
    token.content = value.get<std::string>();
  else if (value.is_object()) {
    RAPPEL_ASSIGN(token, read_token(value, where));
  } else
    return Status(Code::kCorrupt, where + " must be a token");
  token.special = true;
  if (value.is_string()) token.normalized = false;
  list.merge_special(token);
  return {};
}

Status add_specials(const Json& settings, const std::string& file, AddedTokenList& list) {
  for (const char* key :
       {"bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"})
    RAPPEL_TRY(add_special(json_member(settings, key), file + ": " + key, list));
  for (const char* key : {"additional_special_tokens", "extra_special_tokens"}) {
    const Json& more = json_member(settings, key);
    if (!(more.is_null() || more.is_array() || more.is_object()) || more.size() > kMaxTokens)
      return Status(Code::kCorrupt, file + ": " + key + " must be a list");
    for (const Json& value : more) RAPPEL_TRY(add_special(value, file + ": " + key, list));
  }
  return {};
}

Status apply_added_tokens(const TokenizerSettings& settings, TokenizerFile& file, TokenizerFacts& facts) {
  AddedTokenList list(file, settings.rows);
  const Json& decoder = json_member(settings.config, kDecoder);
  NumberedTokens tokens;
  std::string source = kConfig;
  if (!decoder.is_null()) {
    RAPPEL_ASSIGN(tokens, decoder_tokens(decoder));
    source += std::string(" (") + kDecoder + ")";
  } else if (!settings.added_tokens.is_null()) {
    RAPPEL_ASSIGN(tokens, older_tokens(settings.added_tokens));
    source = kAddedTokens;
  }
  std::stable_sort(tokens.begin(), tokens.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [id, token] : tokens) RAPPEL_TRY(list.merge(token, id, source));
  list.finish(source, facts);

  AddedTokenList specials(file, settings.rows);
  RAPPEL_TRY(add_specials(settings.config, kConfig, specials));
  specials.finish(kConfig, facts);
  if (!decoder.is_null()) return {};
  AddedTokenList mapped(file, settings.rows);
  RAPPEL_TRY(add_specials(settings.special_tokens_map, kSpecialTokens, mapped));
  mapped.finish(kSpecialTokens, facts);
  return {};
}

// --- what is left ---

Status refuse_unsupported(const Json& config) {
  if (json_member(config, "truncation_side") == "left")
    return Status(Code::kUnsupported, std::string(kConfig) + ": truncation_side \"left\" is not supported");
  if (json_member(config, "split_special_tokens") == true)
    return Status(Code::kUnsupported, std::string(kConfig) + ": split_special_tokens is not supported");
  return {};
}

// Whether the model is given token types: XLM-RoBERTa's tokenizers return none, whatever the template says.
bool has_token_types(const Json& config, const std::string& tokenizer) {
  const Json& inputs = json_member(config, "model_input_names");
  if (inputs.is_array())
    return std::find(inputs.begin(), inputs.end(), Json("token_type_ids")) != inputs.end();
  return tokenizer != "XLMRobertaTokenizer" && tokenizer != "RobertaTokenizer";
}

// Whether a BertNormalizer, alone or in a sequence, lowers the text.
bool lowers_text(const Json& normalizer, int depth = 0) {
  if (json_member(normalizer, "type") == "BertNormalizer")
    return json_member(normalizer, "lowercase") != false;
  const Json& steps = json_member(normalizer, "normalizers");
  return depth < 8 && steps.is_array() && std::any_of(steps.begin(), steps.end(), [&](const Json& step) {
           return lowers_text(step, depth + 1);
         });
}

// PipelineTokenizer refuses a template that is damaged.
int largest_token_type(const TokenizerFile& file) {
  const auto parts = PostTemplate::from_json(file.post_processor, static_cast<std::size_t>(-1));
  int largest = 0;
  if (!parts.ok() || !file.token_types) return largest;
  for (const auto* list : {&parts->single(), &parts->pair()})
    for (const PostTemplate::Part& part : *list) largest = std::max<int>(largest, part.type_id);
  return largest;
}

}  // namespace

Result<TokenizerSettings> TokenizerSettings::read(const fs::path& folder) {
  TokenizerSettings settings;
  RAPPEL_ASSIGN(const Json model, read_object(folder, "config.json"));
  settings.model_folder = model.is_object();
  if (const Json& rows = json_member(model, "vocab_size"); rows.is_number() && rows.get<double>() < kNoLimit)
    settings.rows = static_cast<long long>(rows.get<double>());
  RAPPEL_ASSIGN(settings.config, read_object(folder, kConfig));
  RAPPEL_ASSIGN(settings.special_tokens_map, read_object(folder, kSpecialTokens));
  RAPPEL_ASSIGN(settings.added_tokens, read_object(folder, kAddedTokens));
  return settings;
}

Result<TokenizerFacts> apply_settings(const TokenizerSettings& settings, TokenizerFile& file) {
  TokenizerFacts facts;
  RAPPEL_ASSIGN(const std::string tokenizer, tokenizer_class(settings, file));
  RAPPEL_TRY(refuse_unsupported(settings.config));
  if (settings.model_folder || !settings.config.is_null())
    RAPPEL_TRY(apply_bert_flags(settings, tokenizer, file, facts));
  RAPPEL_TRY(apply_added_tokens(settings, file, facts));
  facts.lowers = lowers_text(file.normalizer);
  file.token_types = has_token_types(settings.config, tokenizer);
  facts.token_types = 1 + largest_token_type(file);
  return facts;
}

Result<LoadedTokenizerFile> load_tokenizer_file(const fs::path& path) {
  RAPPEL_ASSIGN(std::string content, read_file(path, kMaxFileBytes));
  auto file = TokenizerFile::parse(std::move(content));
  if (!file.ok()) return file.status().with_context(path.string());
  RAPPEL_ASSIGN(const TokenizerSettings settings, TokenizerSettings::read(path.parent_path()));
  auto facts = apply_settings(settings, *file);
  if (!facts.ok()) return facts.status().with_context(path.parent_path().string());
  return LoadedTokenizerFile{std::move(*file), std::move(*facts)};
}

}  // namespace rappel
