#include "text/post_template.h"

#include <algorithm>

#include "text/json_fields.h"

namespace rappel {
namespace {

using Part = PostTemplate::Part;
using Kind = Part::Kind;

const std::string kWhere = "post_processor TemplateProcessing";

Result<TokenId> token_id(const Json& value, std::size_t vocabulary_size) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() >= vocabulary_size)
    return Status(Code::kCorrupt, "post_processor: token id " + dump_json(value) +
                                      " is not in the vocabulary of " + std::to_string(vocabulary_size));
  return static_cast<TokenId>(value.get<std::uint64_t>());
}

Status add_special(const Json& config, const Json& part, std::size_t vocabulary_size,
                   std::vector<Part>& parts) {
  RAPPEL_ASSIGN(const std::string name, string_field(part, kWhere, "id"));
  RAPPEL_ASSIGN(const long long type_id, integer_field(part, kWhere, "type_id", 0, 1));
  const Json& ids = json_member(json_member(json_member(config, "special_tokens"), name.c_str()), "ids");
  if (!ids.is_array()) return {Code::kCorrupt, kWhere + ": special token \"" + name + "\" has no \"ids\""};
  for (const Json& value : ids) {
    RAPPEL_ASSIGN(const TokenId id, token_id(value, vocabulary_size));
    parts.push_back({Kind::kSpecial, id, static_cast<std::uint8_t>(type_id)});
  }
  return {};
}

// One of the lists "single" and "pair"; a text has to be in it exactly once.
Result<std::vector<Part>> parse_list(const Json& config, const char* key, std::size_t vocabulary_size) {
  const Json& list = json_member(config, key);
  if (!list.is_array() || list.size() > 64) return wrong_field(kWhere, key, "a short list");
  std::vector<Part> parts;
  for (const Json& item : list) {
    const Json& special = json_member(item, "SpecialToken");
    if (special.is_object()) {
      RAPPEL_TRY(add_special(config, special, vocabulary_size, parts));
      continue;
    }
    const Json& sequence = json_member(item, "Sequence");
    if (!sequence.is_object()) return wrong_field(kWhere, key, "a list of SpecialToken and Sequence");
    RAPPEL_ASSIGN(const std::string name, string_field(sequence, kWhere, "id"));
    RAPPEL_ASSIGN(const long long type_id, integer_field(sequence, kWhere, "type_id", 0, 1));
    if (name != "A" && name != "B") return wrong_field(kWhere, "id", "A or B");
    parts.push_back({name == "A" ? Kind::kFirst : Kind::kSecond, 0, static_cast<std::uint8_t>(type_id)});
  }
  const auto count = [&](Kind kind) {
    return std::count_if(parts.begin(), parts.end(), [&](const Part& p) { return p.kind == kind; });
  };
  if (count(Kind::kFirst) != 1 || count(Kind::kSecond) != (std::string_view(key) == "pair" ? 1 : 0))
    return wrong_field(kWhere, key, "a list with each text once");
  return parts;
}

// {"sep": ["[SEP]", 102], "cls": ["[CLS]", 101]}
Result<TokenId> bert_token(const Json& config, const char* key, std::size_t vocabulary_size) {
  const Json& value = json_member(config, key);
  if (!value.is_array() || value.size() != 2)
    return wrong_field("post_processor BertProcessing", key, "[token, id]");
  return token_id(value[1], vocabulary_size);
}

}  // namespace

Result<PostTemplate> PostTemplate::from_json(const Json& config, std::size_t vocabulary_size) {
  PostTemplate out;
  if (config.is_null()) {
    out.single_ = {{Kind::kFirst}};
    out.pair_ = {{Kind::kFirst}, {Kind::kSecond, 0, 1}};
    return out;
  }
  RAPPEL_ASSIGN(const std::string type, component_type(config, "post_processor"));
  if (type == "TemplateProcessing") {
    RAPPEL_ASSIGN(out.single_, parse_list(config, "single", vocabulary_size));
    RAPPEL_ASSIGN(out.pair_, parse_list(config, "pair", vocabulary_size));
    return out;
  }
  if (type == "BertProcessing") {
    RAPPEL_ASSIGN(const TokenId cls, bert_token(config, "cls", vocabulary_size));
    RAPPEL_ASSIGN(const TokenId sep, bert_token(config, "sep", vocabulary_size));
    out.single_ = {{Kind::kSpecial, cls}, {Kind::kFirst}, {Kind::kSpecial, sep}};
    out.pair_ = out.single_;
    out.pair_.push_back({Kind::kSecond, 0, 1});
    out.pair_.push_back({Kind::kSpecial, sep, 1});
    return out;
  }
  return Status(Code::kUnsupported, "post_processor \"" + type +
                                        "\" is not supported (known: TemplateProcessing, BertProcessing)");
}

void PostTemplate::drop_token_types() {
  for (auto* list : {&single_, &pair_})
    for (Part& part : *list) part.type_id = 0;
}

}  // namespace rappel
