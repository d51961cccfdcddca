#include "ingest/screen/personal_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/ascii.h"

namespace rappel {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word(char c) {
  return is_digit(c) || is_letter(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool is_local(char c) {
  return is_digit(c) || is_letter(c) || std::string_view("._%+-").find(c) != std::string_view::npos;
}
bool is_host(char c) { return is_digit(c) || is_letter(c) || c == '.' || c == '-'; }
bool is_key(char c) { return is_digit(c) || is_letter(c) || c == '_' || c == '-'; }

// A range of the text; empty: no match.
struct Match {
  std::size_t begin = 0, end = 0;
  bool empty() const { return begin == end; }
};

class Scan {
 public:
  explicit Scan(std::string_view text) : text_(text) {}

  std::vector<PersonalData> run() {
    for (std::size_t at = 0; at < text_.size();) {
      const PersonalData found = match_at(at);
      if (found.end > at) {
        found_.push_back(found);
        floor_ = at = found.end;
      } else {
        ++at;
      }
    }
    return std::move(found_);
  }

 private:
  // The longest a match may be, so that no rule looks further.
  static constexpr std::size_t kMost = 256;

  char at(std::size_t i) const { return i < text_.size() ? text_[i] : '\0'; }
  bool begins_word(std::size_t i) const { return i == 0 || !is_word(text_[i - 1]); }
  bool ends_word(std::size_t i) const { return i >= text_.size() || !is_word(text_[i]); }

  PersonalData match_at(std::size_t i) const {
    const char c = text_[i];
    if (c == '@') return as(PersonalKind::kEmail, email(i));
    if (c == '+' && (i == 0 || !is_word(text_[i - 1]))) return as(PersonalKind::kPhone, phone(i));
    if (c == '-' && text_.substr(i, 11) == "-----BEGIN ") return as(PersonalKind::kSecret, private_key(i));
    if (!begins_word(i)) return {};
    if (is_digit(c)) return as(PersonalKind::kCard, card(i));
    if (!is_letter(c)) return {};
    if (const Match found = iban(i); !found.empty()) return as(PersonalKind::kIban, found);
    if (const Match found = known_key(i); !found.empty()) return as(PersonalKind::kSecret, found);
    if (const Match found = named_secret(i); !found.empty()) return as(PersonalKind::kSecret, found);
    return as(PersonalKind::kPhone, named_phone(i));
  }

  static PersonalData as(PersonalKind kind, Match match) { return {kind, match.begin, match.end}; }

  // Around the '@' at i.
  Match email(std::size_t i) const {
    std::size_t begin = i, end = i + 1;
    while (begin > floor_ && i - begin < 64 && is_local(text_[begin - 1])) --begin;
    while (end < text_.size() && end - i < kMost && is_host(text_[end])) ++end;
    while (begin < i && (text_[begin] == '.' || text_[begin] == '-')) ++begin;
    while (end > i + 1 && (text_[end - 1] == '.' || text_[end - 1] == '-')) --end;
    const std::string_view host = text_.substr(i + 1, end - i - 1);
    const std::size_t dot = host.rfind('.');
    if (begin == i || dot == std::string_view::npos || dot == 0 || host.size() - dot < 3) return {};
    return std::all_of(host.begin() + static_cast<std::ptrdiff_t>(dot) + 1, host.end(), is_letter)
               ? Match{begin, end}
               : Match{};
  }

  // Digits in groups, from i on: how many, and where they end.
  std::pair<std::size_t, std::size_t> digits(std::size_t i, std::string_view separators,
                                             std::size_t most) const {
    std::size_t count = 0, end = i;
    for (bool separated = true; i < text_.size() && count <= most; ++i) {
      if (is_digit(text_[i])) {
        ++count;
        end = i + 1;
        separated = false;
      } else if (separators.find(text_[i]) == std::string_view::npos ||
                 (separated && text_[i] != '(' && text_[i - 1] != ')')) {
        break;
      } else {
        separated = true;
      }
    }
    return {count, end};
  }

  Match phone(std::size_t i) const {
    const auto [count, end] = digits(i + 1, " -.()/", 15);
    return count >= 8 && count <= 15 && ends_word(end) ? Match{i, end} : Match{};
  }

  Match named_phone(std::size_t i) const {
    for (const std::string_view word : {"telephone", "telefon", "phone", "mobile", "tel", "fax"}) {
      if (lower_case(text_.substr(i, word.size())) != word) continue;
      std::size_t begin = i + word.size();
      while (begin < text_.size() && begin < i + word.size() + 4 &&
             std::string_view(" .:#").find(text_[begin]) != std::string_view::npos)
        ++begin;
      if (begin == i + word.size() || !(is_digit(at(begin)) || at(begin) == '(')) return {};
      const auto [count, end] = digits(at(begin) == '(' ? begin + 1 : begin, " -.()/", 15);
      return count >= 6 && count <= 15 && ends_word(end) ? Match{begin, end} : Match{};
    }
    return {};
  }

  Match card(std::size_t i) const {
    const auto [count, end] = digits(i, " -", 19);
    if (count < 13 || count > 19 || !ends_word(end)) return {};
    int sum = 0, issuer = 0;
    std::size_t place = 0;
    for (std::size_t k = end; k > i; --k) {
      if (!is_digit(text_[k - 1])) continue;
      const int digit = text_[k - 1] - '0', twice = digit * 2;
      sum += place++ % 2 == 0 ? digit : twice - (twice > 9 ? 9 : 0);
      issuer = digit;  // the first one in the end
    }
    return sum % 10 == 0 && issuer >= 2 && issuer <= 6 ? Match{i, end} : Match{};
  }

  Match iban(std::size_t i) const {
    if (!(text_[i] >= 'A' && text_[i] <= 'Z' && at(i + 1) >= 'A' && at(i + 1) <= 'Z' && is_digit(at(i + 2)) &&
          is_digit(at(i + 3))))
      return {};
    std::string compact;
    std::size_t end = i;
    Match best;
    for (std::size_t k = i; k < text_.size() && compact.size() < 34; ++k) {
      const char c = text_[k];
      if (c == ' ' && k == end && k > i) continue;
      if (!is_digit(c) && !(c >= 'A' && c <= 'Z')) break;
      compact += c;
      end = k + 1;
      if (compact.size() >= 15 && ends_word(end) && remainder_97(compact) == 1) best = {i, end};
    }
    return best;
  }

  static int remainder_97(const std::string& compact) {
    int rest = 0;
    for (std::size_t k = 0; k < compact.size(); ++k) {
      const char c = compact[(k + 4) % compact.size()];
      rest = is_digit(c) ? (rest * 10 + (c - '0')) % 97 : (rest * 100 + (c - 'A' + 10)) % 97;
    }
    return rest;
  }

  Match known_key(std::size_t i) const {
    struct Form {
      std::string_view prefix;
      std::size_t least;  // characters after it
    };
    static constexpr std::array kForms = {Form{"AKIA", 16},        Form{"ASIA", 16},      Form{"ghp_", 36},
                                          Form{"gho_", 36},        Form{"ghs_", 36},      Form{"sk-", 20},
                                          Form{"github_pat_", 22}, Form{"glpat-", 20},    Form{"xoxb-", 20},
                                          Form{"xoxp-", 20},       Form{"AIza", 35},      Form{"hf_", 30},
                                          Form{"sk_live_", 20},    Form{"eyJhbGciOi", 40}};
    for (const Form& form : kForms) {
      if (text_.substr(i, form.prefix.size()) != form.prefix) continue;
      std::size_t end = i + form.prefix.size();
      while (end < text_.size() && end - i < 4096 &&
             (is_key(text_[end]) || (form.prefix[0] == 'e' && text_[end] == '.')))
        ++end;
      if (end - i >= form.prefix.size() + form.least) return {i, end};
    }
    return {};
  }

  // The value after "password: ".
  Match named_secret(std::size_t i) const {
    for (const std::string_view word : {"password", "passwd", "passwort", "api_key", "api-key", "apikey",
                                        "secret_key", "client_secret", "access_token", "auth_token", "pwd"}) {
      if (lower_case(text_.substr(i, word.size())) != word) continue;
      std::size_t begin = i + word.size();
      while (at(begin) == ' ' || at(begin) == '"' || at(begin) == '\'') ++begin;
      if (at(begin) != ':' && at(begin) != '=') return {};
      ++begin;
      for (std::size_t k = 0; k < 3 && (at(begin) == ' ' || at(begin) == '"' || at(begin) == '\''); ++k)
        ++begin;
      std::size_t end = begin;
      while (end < text_.size() && end - begin < kMost && text_[end] > ' ' && text_[end] < 0x7F &&
             std::string_view("\"'<>,;").find(text_[end]) == std::string_view::npos)
        ++end;
      return end - begin >= 6 ? Match{begin, end} : Match{};
    }
    return {};
  }

  Match private_key(std::size_t i) const {
    constexpr std::string_view kEnd = "-----END ";
    constexpr std::size_t kLongest = 16384;
    const std::string_view rest = text_.substr(i, kLongest);
    if (rest.substr(0, 64).find("PRIVATE KEY-----") == std::string_view::npos) return {};
    std::size_t end = rest.find(kEnd);
    if (end != std::string_view::npos) end = rest.find("-----", end + kEnd.size());
    end = end == std::string_view::npos ? rest.size() : end + 5;
    // Only ASCII is a match.
    const auto last = std::find_if(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(end),
                                   [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    return {i, i + static_cast<std::size_t>(last - rest.begin())};
  }

  const std::string_view text_;
  std::size_t floor_ = 0;  // the end of the last match
  std::vector<PersonalData> found_;
};

}  // namespace

std::vector<PersonalData> find_personal_data(std::string_view text) { return Scan(text).run(); }

std::string summary_of(const std::vector<PersonalData>& found) {
  constexpr std::string_view kOne[] = {"e-mail address", "phone number", "IBAN", "card number", "secret"};
  constexpr std::string_view kMany[] = {"e-mail addresses", "phone numbers", "IBANs", "card numbers",
                                        "secrets"};
  std::size_t counts[std::size(kOne)] = {};
  for (const PersonalData& one : found) ++counts[static_cast<std::size_t>(one.kind)];
  std::string out;
  for (std::size_t kind = 0; kind < std::size(kOne); ++kind)
    if (counts[kind] > 0)
      out += fmt::format("{}{} {}", out.empty() ? "" : ", ", counts[kind],
                         counts[kind] == 1 ? kOne[kind] : kMany[kind]);
  return out;
}

void redact(const std::vector<PersonalData>& found, std::string& text) {
  for (const PersonalData& one : found)
    std::fill(text.begin() + static_cast<std::ptrdiff_t>(one.begin),
              text.begin() + static_cast<std::ptrdiff_t>(one.end), '*');
}

}  // namespace rappel
