#include "text/normalizer.h"

#include "text/bert_normalizer.h"
#include "text/charsmap.h"
#include "text/json_fields.h"
#include "text/unicode.h"

namespace rappel {
namespace {

// White space off the ends.
class Strip final : public Normalizer {
 public:
  Strip(bool left, bool right) : left_(left), right_(right) {}

  bool apply(const NormalText& in, NormalText& out, StopPoll& stop) const override {
    std::size_t begin = 0, end = in.text.size(), length;
    while (left_ && begin < end && !stop.stopped() && is_white_space(utf8_decode(in.text, begin, length)))
      begin += length;
    while (right_ && end > begin && !stop.stopped()) {
      std::size_t last = end - 1;
      while ((static_cast<unsigned char>(in.text[last]) & 0xC0) == 0x80) --last;
      if (!is_white_space(utf8_decode(in.text, last, length))) break;
      end = last;
    }
    if (begin == 0 && end == in.text.size()) return false;
    out.copy(in, begin, end);
    return true;
  }

 private:
  bool left_, right_;
};

// Each run of at least `least` times `literal` becomes `content`; without `runs`, each single one.
class Replace final : public Normalizer {
 public:
  Replace(std::string literal, std::size_t least, bool runs, std::string content)
      : literal_(std::move(literal)), content_(std::move(content)), least_(least), runs_(runs) {
    for (std::size_t i = 0; i < least_; ++i) wanted_ += literal_;
  }

  bool apply(const NormalText& in, NormalText& out, StopPoll& stop) const override {
    std::size_t found = in.text.find(wanted_);
    if (found == std::string::npos) return false;
    std::size_t done = 0;
    while (found != std::string::npos && !stop.stopped(found + wanted_.size() - done)) {
      out.copy(in, done, found);
      done = found + wanted_.size();
      while (runs_ && in.text.compare(done, literal_.size(), literal_) == 0) done += literal_.size();
      out.replace(in, found, done, content_);
      found = in.text.find(wanted_, done);
    }
    out.copy(in, done, in.text.size());
    return true;
  }

 private:
  std::string literal_, wanted_, content_;
  std::size_t least_;
  bool runs_;
};

using Steps = std::vector<std::unique_ptr<const Normalizer>>;

// "C{n,}", which is the only regular expression that the model families here use.
Result<std::unique_ptr<const Normalizer>> replace_runs(const std::string& regex, std::string content) {
  const Status unsupported(Code::kUnsupported,
                           "normalizer Replace: regular expression \"" + regex + "\" is not supported");
  const std::size_t brace = regex.empty() ? 0 : utf8_length(regex[0]);
  if (regex.size() < brace + 4 || regex[brace] != '{' || !regex.ends_with(",}")) return unsupported;
  if (std::string_view(".^$*+?()[]{}|\\").find(regex[0]) != std::string_view::npos) return unsupported;
  const std::string digits = regex.substr(brace + 1, regex.size() - brace - 3);
  if (digits.empty() || digits.size() > 3 || digits.find_first_not_of("0123456789") != std::string::npos)
    return unsupported;
  const int least = std::stoi(digits);
  if (least == 0) return unsupported;
  return std::unique_ptr<const Normalizer>(std::make_unique<Replace>(
      regex.substr(0, brace), static_cast<std::size_t>(least), true, std::move(content)));
}

Result<std::unique_ptr<const Normalizer>> replace_from_json(const Json& config) {
  const std::string where = "normalizer Replace";
  RAPPEL_ASSIGN(std::string content, string_field(config, where, "content"));
  const Json& pattern = json_member(config, "pattern");
  if (!json_member(pattern, "Regex").is_null()) {
    RAPPEL_ASSIGN(const std::string regex, string_field(pattern, where, "Regex"));
    return replace_runs(regex, std::move(content));
  }
  RAPPEL_ASSIGN(std::string literal, string_field(pattern, where, "String"));
  if (literal.empty()) return Status(Code::kUnsupported, where + ": an empty pattern is not supported");
  return std::unique_ptr<const Normalizer>(
      std::make_unique<Replace>(std::move(literal), 1, false, std::move(content)));
}

Status add_steps(const Json& config, int depth, Steps& steps) {
  if (config.is_null()) return {};
  RAPPEL_ASSIGN(const std::string type, component_type(config, "normalizer"));
  if (type == "Sequence") {
    const Json& parts = json_member(config, "normalizers");
    if (!parts.is_array() || depth > 8) return wrong_field("normalizer Sequence", "normalizers", "a list");
    for (const Json& part : parts) RAPPEL_TRY(add_steps(part, depth + 1, steps));
  } else if (type == "Precompiled") {
    RAPPEL_ASSIGN(const std::string encoded,
                  string_field(config, "normalizer Precompiled", "precompiled_charsmap"));
    RAPPEL_ASSIGN(auto step, Charsmap::decode(encoded));
    steps.push_back(std::move(step));
  } else if (type == "BertNormalizer") {
    RAPPEL_ASSIGN(auto step, bert_normalizer_from_json(config));
    steps.push_back(std::move(step));
  } else if (type == "Strip") {
    RAPPEL_ASSIGN(const bool left, bool_field(config, "normalizer Strip", "strip_left", false));
    RAPPEL_ASSIGN(const bool right, bool_field(config, "normalizer Strip", "strip_right", false));
    steps.push_back(std::make_unique<Strip>(left, right));
  } else if (type == "Replace") {
    RAPPEL_ASSIGN(auto step, replace_from_json(config));
    steps.push_back(std::move(step));
  } else {
    return {Code::kUnsupported,
            "normalizer \"" + type +
                "\" is not supported (known: Precompiled, BertNormalizer, Strip, Replace, Sequence)"};
  }
  return {};
}

}  // namespace

Result<NormalizerChain> NormalizerChain::from_json(const Json& config) {
  NormalizerChain chain;
  RAPPEL_TRY(add_steps(config, 0, chain.steps_));
  return chain;
}

void NormalizerChain::apply(NormalText& text, NormalText& scratch, StopPoll& stop) const {
  for (const auto& step : steps_) {
    scratch.clear(text.tracked);
    if (step->apply(text, scratch, stop)) std::swap(text, scratch);
  }
}

}  // namespace rappel
