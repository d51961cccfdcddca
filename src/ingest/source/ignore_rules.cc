#include "ingest/source/ignore_rules.h"

#include "ingest/source/glob.h"

namespace rappel {
namespace {

// Blanks at the end do not count unless a backslash stands before them.
std::string_view without_trailing_blanks(std::string_view line) {
  std::size_t end = 0;
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (line[at] == ' ') continue;
    if (line[at] == '\\' && at + 1 < line.size()) ++at;
    end = at + 1;
  }
  return line.substr(0, end);
}

std::string_view last_part(std::string_view path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

IgnoreRules IgnoreRules::parse(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  IgnoreRules rules;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    rules.add(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return rules;
}

void IgnoreRules::add(std::string_view line) {
  if (line.starts_with('#')) return;
  line = without_trailing_blanks(line);
  Rule rule;
  if (line.starts_with('!')) {
    rule.negated = true;
    line.remove_prefix(1);
  }
  if (line.ends_with('/')) {
    rule.folders_only = true;
    line.remove_suffix(1);
  }
  rule.anchored = line.find('/') != std::string_view::npos;
  if (line.starts_with('/')) line.remove_prefix(1);
  if (line.empty() || line.size() > kMaxPattern) return;
  rule.pattern = line;
  rules_.push_back(std::move(rule));
}

// git compares the part before the first special character as it is and matches the rest by itself, so that a
// "**" that follows it counts as the beginning of a pattern.
bool IgnoreRules::matches(const Rule& rule, std::string_view path) {
  const std::string_view subject = rule.anchored ? path : last_part(path);
  const std::size_t literal = glob_literal_prefix(rule.pattern);
  const std::string_view pattern = rule.pattern;
  if (literal == pattern.size()) return subject == pattern;
  if (!rule.anchored) return glob_matches(pattern, subject);
  return subject.starts_with(pattern.substr(0, literal)) &&
         glob_matches(pattern.substr(literal), subject.substr(literal));
}

IgnoreRules::Verdict IgnoreRules::verdict(std::string_view path, bool is_folder) const {
  for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
    if (rule->folders_only && !is_folder) continue;
    if (matches(*rule, path)) return rule->negated ? Verdict::kKept : Verdict::kIgnored;
  }
  return Verdict::kNone;
}

bool is_ignored(const IgnoreChain* chain, std::string_view path, bool is_folder) {
  for (; chain != nullptr; chain = chain->outer.get()) {
    const auto verdict = chain->rules.verdict(path.substr(chain->base), is_folder);
    if (verdict != IgnoreRules::Verdict::kNone) return verdict == IgnoreRules::Verdict::kIgnored;
  }
  return false;
}

}  // namespace rappel
