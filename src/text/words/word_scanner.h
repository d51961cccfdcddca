// Cuts a prepared text (word_text.h) into words as they are written, before they are folded and stemmed.
//
// A *segment* is a run of letters, digits and their marks, with the dots and commas between digits. Segments
// with single joints between them are a *compound*. The *parts* of a segment end where a lower letter meets
// an upper one ("get|Name"), before the last upper letter of several that two lower ones follow
// ("HTTP|Server") and between letters and digits ("covid|19", not "v1.2.3"). Words are the parts; wholes are
// each segment of several parts and each compound of several segments, without its joints.
#pragma once

#include <string>
#include <string_view>

#include "text/words/word_class.h"
#include "text/words/word_dictionary.h"

namespace rappel {

// Receives words; the views last for the call.
class WordSink {
 public:
  virtual ~WordSink() = default;
  // Both at most kLongestSpelling bytes (word_forms.h).
  virtual void word(std::string_view word) = 0;
  virtual void whole(std::string_view word) = 0;
  // Each ideograph of a run, and each with the next one. `alone`: the run has no other.
  virtual void ideograph(std::string_view character, bool alone) = 0;
  virtual void pair(std::string_view characters) = 0;
};

class WordScanner {
 public:
  void scan(std::string_view text, WordSink& sink);

 private:
  struct Character {
    char32_t code = 0;
    WordClass kind = WordClass::kOther;
    std::size_t length = 0;
  };
  // Each takes what begins at `at` and returns its end.
  std::size_t compound(std::size_t at);
  std::size_t segment(std::size_t at);
  std::size_t ideographs(std::size_t at);
  std::size_t complex(std::size_t at);

  Character read(std::size_t at) const;
  std::size_t skip_marks(std::size_t at) const;
  bool stays_within(const Character& before, const Character& here, std::size_t at) const;
  std::size_t signs_after_letter(std::size_t at) const;

  const WordClasses& classes_ = WordClasses::get();
  WordDictionary dictionary_;
  std::string whole_;
  // While `scan` runs.
  std::string_view text_;
  WordSink* sink_ = nullptr;
};

}  // namespace rappel
