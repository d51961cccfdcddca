// Words of Thai, Lao, Khmer and Burmese, which are written without spaces, by ICU's dictionaries.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct UBreakIterator;

namespace rappel {

class WordDictionary {
 public:
  // `run`: characters of WordClass::kComplex and marks, in NFKC. The words of it, in order; they last until
  // the next call.
  const std::vector<std::string_view>& cut(std::string_view run);

 private:
  struct Closer {
    void operator()(UBreakIterator* breaks) const;
  };
  std::unique_ptr<UBreakIterator, Closer> breaks_;
  std::string run_;
  std::vector<std::string_view> words_;
};

}  // namespace rappel
