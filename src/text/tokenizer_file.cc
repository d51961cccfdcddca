#include "text/tokenizer_file.h"

#include <simdjson.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace rappel {
namespace {

namespace ondemand = simdjson::ondemand;

// The parts that become Json: 65 536 added tokens have 14 MB.
constexpr std::size_t kMaxSmall = std::size_t{24} << 20;
constexpr std::int64_t kMaxId = (1 << 24) - 1;
// Far beyond any log probability, and small enough that sums over a text stay finite.
constexpr double kMaxScore = 1e12;

struct Reader {
  std::string content;
  ondemand::parser parser;
};

Status not_json(simdjson::error_code error) {
  return {Code::kCorrupt, "not a valid tokenizer.json; download the file again",
          simdjson::error_message(error)};
}

Status bad_entry(std::size_t index, const char* why) {
  return {Code::kCorrupt, "model: vocabulary entry " + std::to_string(index) + " " + why};
}

// A value of which a copy as Json is wanted.
Result<Json> small_value(ondemand::value value) {
  ondemand::json_type type;
  if (const auto error = value.type().get(type)) return not_json(error);
  std::string_view raw;
  simdjson::error_code error = simdjson::SUCCESS;
  switch (type) {
    case ondemand::json_type::object: {
      ondemand::object object;
      error = value.get_object().get(object);
      if (error == simdjson::SUCCESS) error = object.raw_json().get(raw);
      break;
    }
    case ondemand::json_type::array: {
      ondemand::array array;
      error = value.get_array().get(array);
      if (error == simdjson::SUCCESS) error = array.raw_json().get(raw);
      break;
    }
    default: raw = value.raw_json_token(); break;
  }
  if (error != simdjson::SUCCESS) return not_json(error);
  if (raw.size() > kMaxSmall)
    return Status(Code::kCorrupt,
                  "a part of more than 24 MiB beside the vocabulary; download the file again");
  auto parsed = parse_json(raw);
  if (!parsed.ok())
    return Status(Code::kCorrupt, "not a valid tokenizer.json; download the file again",
                  parsed.status().to_string());
  return std::move(parsed).value();
}

// A JSON number followed by white space: the number alone.
std::string_view trimmed(std::string_view token) {
  while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') token.remove_suffix(1);
  return token;
}

Status read_score(ondemand::value value, std::size_t index, double& score) {
  const std::string_view token = trimmed(value.raw_json_token());
  double nearest;
  if (value.get_double().get(nearest) != simdjson::SUCCESS)
    return bad_entry(index, "has a score that is not a number");
  score = reference_double(token);
  if (!(std::fabs(score) <= kMaxScore)) return bad_entry(index, "has a score out of range");
  return {};
}

// [["<s>", 0.0], ["▁the", -3.2], ..]: ids count from 0.
Status read_scored(ondemand::array list, TokenizerFile& file) {
  file.is_scored = true;
  for (auto item : list) {
    const std::size_t index = file.scores.size();
    if (index > static_cast<std::size_t>(kMaxId)) return bad_entry(index, "is one too many");
    ondemand::array pair;
    if (item.get_array().get(pair) != simdjson::SUCCESS) return bad_entry(index, "is not [piece, score]");
    std::string_view piece;
    double score = 0.0;
    std::size_t place = 0;
    for (auto element : pair) {
      ondemand::value value;
      if (const auto error = element.get(value)) return not_json(error);
      if (place == 0 && value.get_string().get(piece) != simdjson::SUCCESS)
        return bad_entry(index, "has no piece");
      if (place == 1) RAPPEL_TRY(read_score(value, index, score));
      ++place;
    }
    if (place != 2) return bad_entry(index, "is not [piece, score]");
    file.vocabulary.push_back({piece, static_cast<std::int32_t>(index)});
    file.scores.push_back(score);
  }
  return {};
}

// {"[PAD]": 0, "the": 1996, ..}
Status read_numbered(ondemand::object object, TokenizerFile& file) {
  for (auto field : object) {
    const std::size_t index = file.vocabulary.size();
    std::string_view piece;
    std::int64_t id = 0;
    if (field.unescaped_key().get(piece) != simdjson::SUCCESS) return bad_entry(index, "is damaged");
    ondemand::value value;
    if (field.value().get(value) != simdjson::SUCCESS || value.get_int64().get(id) != simdjson::SUCCESS)
      return bad_entry(index, "has an id that is not a whole number");
    if (id < 0 || id > kMaxId) return bad_entry(index, "has an id out of range");
    file.vocabulary.push_back({piece, static_cast<std::int32_t>(id)});
  }
  return {};
}

Status read_vocabulary(ondemand::value value, TokenizerFile& file) {
  ondemand::json_type type;
  if (const auto error = value.type().get(type)) return not_json(error);
  if (!file.vocabulary.empty()) return {Code::kCorrupt, "model: \"vocab\" is there twice"};
  if (type == ondemand::json_type::array) {
    ondemand::array list;
    if (const auto error = value.get_array().get(list)) return not_json(error);
    return read_scored(list, file);
  }
  if (type != ondemand::json_type::object)
    return {Code::kCorrupt, "model: \"vocab\" must be a list or an object"};
  ondemand::object object;
  if (const auto error = value.get_object().get(object)) return not_json(error);
  return read_numbered(object, file);
}

Status read_model(ondemand::value value, TokenizerFile& file) {
  ondemand::object object;
  if (value.get_object().get(object) != simdjson::SUCCESS)
    return {Code::kCorrupt, "\"model\" must be an object"};
  file.model = Json::object();
  for (auto field : object) {
    std::string_view key;
    ondemand::value part;
    if (const auto error = field.unescaped_key().get(key)) return not_json(error);
    if (const auto error = field.value().get(part)) return not_json(error);
    if (key == "vocab") {
      RAPPEL_TRY(read_vocabulary(part, file));
    } else if (key == "merges") {
      file.has_merges = true;
    } else {
      const std::string name(key);
      RAPPEL_ASSIGN(file.model[name], small_value(part));
    }
  }
  return {};
}

Status read_root(ondemand::object root, TokenizerFile& file) {
  for (auto field : root) {
    std::string_view key;
    ondemand::value value;
    if (const auto error = field.unescaped_key().get(key)) return not_json(error);
    if (const auto error = field.value().get(value)) return not_json(error);
    Json* wanted = key == "normalizer"       ? &file.normalizer
                   : key == "pre_tokenizer"  ? &file.pre_tokenizer
                   : key == "post_processor" ? &file.post_processor
                   : key == "decoder"        ? &file.decoder
                   : key == "added_tokens"   ? &file.added_tokens
                   : key == "padding"        ? &file.padding
                                             : nullptr;
    if (key == "model") {
      if (file.model.is_object()) return {Code::kCorrupt, "\"model\" is there twice"};
      RAPPEL_TRY(read_model(value, file));
    } else if (wanted != nullptr) {
      RAPPEL_ASSIGN(*wanted, small_value(value));
    }
  }
  return {};
}

double power_of_ten(int exponent) {
  static const std::array<double, 309> table = [] {
    std::array<double, 309> out{};
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::string text = "1e" + std::to_string(i);
      std::from_chars(text.data(), text.data() + text.size(), out[i]);
    }
    return out;
  }();
  return table[static_cast<std::size_t>(exponent)];
}

double scaled(double value, long long exponent) {
  for (; exponent < -308 && value != 0.0; exponent += 308) value /= 1e308;
  if (value == 0.0) return value;
  if (exponent > 308) return std::numeric_limits<double>::infinity();
  return exponent >= 0 ? value * power_of_ten(static_cast<int>(exponent))
                       : value / power_of_ten(static_cast<int>(-exponent));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

double reference_double(std::string_view number) {
  std::size_t at = 0;
  const bool negative = number.starts_with('-');
  if (negative) ++at;
  std::uint64_t digits = 0;
  long long exponent = 0;
  bool full = false;  // the digits gathered so far are all that fit
  const auto take = [&](char c) {
    const auto digit = static_cast<std::uint64_t>(c - '0');
    full = full || digits > (std::numeric_limits<std::uint64_t>::max() - digit) / 10;
    if (!full) digits = digits * 10 + digit;
    return !full;
  };
  for (; at < number.size() && is_digit(number[at]); ++at)
    if (!take(number[at])) ++exponent;
  if (at < number.size() && number[at] == '.')
    for (++at; at < number.size() && is_digit(number[at]); ++at)
      if (take(number[at])) --exponent;
  if (at < number.size() && (number[at] == 'e' || number[at] == 'E')) {
    ++at;
    const bool down = at < number.size() && number[at] == '-';
    if (at < number.size() && (number[at] == '-' || number[at] == '+')) ++at;
    long long power = 0;
    for (; at < number.size() && is_digit(number[at]); ++at)
      power = std::min(power * 10 + (number[at] - '0'), 1'000'000LL);
    exponent += down ? -power : power;
  }
  const double value = scaled(static_cast<double>(digits), exponent);
  return negative ? -value : value;
}

Result<TokenizerFile> TokenizerFile::parse(std::string content) {
  auto reader = std::make_shared<Reader>();
  const std::size_t size = content.size();
  content.resize(size + simdjson::SIMDJSON_PADDING);
  reader->content = std::move(content);
  TokenizerFile file;
  ondemand::document document;
  if (const auto error =
          reader->parser.iterate(reader->content.data(), size, reader->content.size()).get(document))
    return not_json(error);
  ondemand::object root;
  if (document.get_object().get(root) != simdjson::SUCCESS)
    return Status(Code::kCorrupt, "a tokenizer.json is one JSON object");
  RAPPEL_TRY(read_root(root, file));
  const char* rest = nullptr;  // out of bounds when the document ends where it should
  if (document.current_location().get(rest) == simdjson::SUCCESS)
    return Status(Code::kCorrupt, "not a valid tokenizer.json: more follows after its end");
  if (!file.model.is_object()) return Status(Code::kCorrupt, "\"model\" is missing");
  file.memory = std::move(reader);
  return file;
}

}  // namespace rappel
