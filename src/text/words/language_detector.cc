#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/ascii.h"
#include "base/check.h"
#include "base/utf8.h"
#include "text/words/clear_language.h"
#include "text/words/language.h"
#include "text/words/language_profiles.h"
#include "text/words/word_class.h"
#include "text/words/word_hash.h"

namespace rappel {
namespace {

constexpr std::size_t kLooked = 4096, kLongestWord = 32, kMostProfiles = 64;
// A word, the first time that it comes, or a letter shares its points among the profiles that have it. A text
// needs the points of one word that three languages share.
constexpr int kWordPoints = 60, kLetterPoints = 20, kLeast = 20;
// And more than one word that no other language has for a clear language.
constexpr int kClear = kWordPoints + 1;

UScriptCode script_of(char32_t c) {
  UErrorCode error = U_ZERO_ERROR;
  return c < 0x80 ? USCRIPT_LATIN : uscript_getScript(static_cast<UChar32>(c), &error);
}

using Scores = std::array<int, kMostProfiles>;

// A word or letter, and the profiles that have it.
struct Trait {
  std::uint64_t profiles = 0;
  std::size_t number = 0;
};

// The profiles by word and by letter.
class ProfileIndex {
 public:
  ProfileIndex() : profiles_(language_profiles()) {
    RAPPEL_CHECK(profiles_.size() <= kMostProfiles, "a profile is a bit of a mask");
    for (std::size_t i = 0; i < profiles_.size(); ++i) add(profiles_[i], std::uint64_t{1} << i);
  }

  // nullptr if no profile has it.
  const Trait* word(std::string_view word) const { return find(words_, word_hash(word)); }
  const Trait* letter(char32_t c) const { return find(letters_, c); }
  std::size_t words() const { return words_.size(); }
  // Whether some profile is written in it.
  bool has_script(UScriptCode script) const {
    return std::find(scripts_.begin(), scripts_.end(), script) != scripts_.end();
  }

  // The best profile in this script that has at least these points; nullptr if none has.
  const LanguageProfile* best(const Scores& scores, UScriptCode script, int least) const {
    const LanguageProfile* best = nullptr;
    int most = least - 1;
    for (std::size_t i = 0; i < profiles_.size(); ++i) {
      if (scores[i] <= most || scripts_[i] != script) continue;
      most = scores[i];
      best = &profiles_[i];
    }
    return best;
  }

 private:
  using Traits = std::unordered_map<std::uint64_t, Trait>;

  void add(const LanguageProfile& profile, std::uint64_t bit) {
    std::size_t length;
    scripts_.push_back(script_of(utf8_decode(profile.words, 0, length)));
    for (std::size_t at = 0; at < profile.words.size();) {
      const std::size_t end = std::min(profile.words.find(' ', at), profile.words.size());
      const Trait unseen{0, words_.size()};
      words_.try_emplace(word_hash(profile.words.substr(at, end - at)), unseen).first->second.profiles |= bit;
      at = end + 1;
    }
    for (std::size_t at = 0; at < profile.letters.size(); at += length)
      letters_[utf8_decode(profile.letters, at, length)].profiles |= bit;
  }

  static const Trait* find(const Traits& traits, std::uint64_t key) {
    const auto found = traits.find(key);
    return found == traits.end() ? nullptr : &found->second;
  }

  const std::span<const LanguageProfile> profiles_;
  std::vector<UScriptCode> scripts_;
  Traits words_, letters_;
};

const ProfileIndex& profile_index() {
  static const ProfileIndex index;
  return index;
}

// The letters and frequent words of a text.
class TextTraits {
 public:
  explicit TextTraits(std::string_view text) : seen_(index_.words()) {
    const WordClasses& classes = WordClasses::get();
    for (std::size_t at = 0, length; at < text.size(); at += std::max<std::size_t>(length, 1)) {
      length = utf8_sequence(text, at);
      const char32_t c = length == 0 ? U' ' : utf8_decode(text, at, length);
      const WordClass kind = classes.of(c);
      const bool letter = is_letter(kind) || kind >= WordClass::kIdeograph;
      if (!letter && kind != WordClass::kMark) end_word();
      if (letter) add_letter(c);
      if (letter || kind == WordClass::kMark) add_to_word(c);
    }
    end_word();
  }

  // kOther if none is found.
  WordLanguage language() const {
    const std::size_t script = prevailing_script();
    if (letters_[script] == 0) return WordLanguage::kOther;
    const LanguageProfile* profile = index_.best(scores_, static_cast<UScriptCode>(script), kLeast);
    return profile != nullptr ? profile->language
                              : stemming_language(WordLanguage::kOther, examples_[script]);
  }

  // Nothing: the words and letters leave a doubt.
  std::optional<WordLanguage> clear_language() const {
    const std::size_t script = prevailing_script();
    if (letters_[script] == 0) return std::nullopt;
    if (!index_.has_script(static_cast<UScriptCode>(script))) return language();
    const LanguageProfile* profile = index_.best(scores_, static_cast<UScriptCode>(script), kClear);
    return profile != nullptr ? std::optional(profile->language) : std::nullopt;
  }

 private:
  std::size_t prevailing_script() const {
    return static_cast<std::size_t>(std::max_element(letters_.begin(), letters_.end()) - letters_.begin());
  }

  void add_letter(char32_t c) {
    const auto script = static_cast<std::size_t>(script_of(c));
    letters_[script] += c >= 0x2E80 ? 2 : 1;  // an ideograph says as much as two letters
    examples_[script] = c;
  }

  void add_to_word(char32_t c) {
    const auto lower = c < 0x80 ? static_cast<char32_t>(lower_case(static_cast<char>(c)))
                                : static_cast<char32_t>(u_tolower(static_cast<UChar32>(c)));
    utf8_append(word_, lower);
    if (c >= 0x80) score(index_.letter(lower), kLetterPoints);
  }

  void end_word() {
    const Trait* trait = word_.empty() || word_.size() > kLongestWord ? nullptr : index_.word(word_);
    word_.clear();
    if (trait == nullptr || seen_[trait->number]) return;
    seen_[trait->number] = true;
    score(trait, kWordPoints);
  }

  void score(const Trait* trait, int points) {
    if (trait == nullptr) return;
    const int share = points / std::popcount(trait->profiles);
    for (std::uint64_t mask = trait->profiles; mask != 0; mask &= mask - 1)
      scores_[static_cast<std::size_t>(std::countr_zero(mask))] += share;
  }

  const ProfileIndex& index_ = profile_index();
  std::array<std::size_t, USCRIPT_CODE_LIMIT> letters_{};  // by script
  std::array<char32_t, USCRIPT_CODE_LIMIT> examples_{};
  Scores scores_{};
  std::vector<bool> seen_;  // by word of a profile
  std::string word_;
};

}  // namespace

WordLanguage detect_language(std::string_view text) { return TextTraits(text.substr(0, kLooked)).language(); }

std::optional<WordLanguage> clear_language(std::string_view text) {
  return TextTraits(text.substr(0, kLooked)).clear_language();
}

}  // namespace rappel
