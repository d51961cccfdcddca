// Recognizer: the text of a bitmap, through tesseract.
//
// It is opened before the sandbox closes, because tesseract reads its models from files; a process that forks
// has them for its children. One thread uses it.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "extractor/ocr/bitmap.h"
#include "extractor/ocr/words.h"

namespace rappel::extractor::ocr {

struct Recognized {
  std::vector<Word> words;  // in reading order
  double confidence = 100;  // percent, mean over the characters
};

class Recognizer {
 public:
  // `languages` as languages_to_use() (languages.h); `cpu_time`: what the process may use until in_time() is
  // false. Errors: kUnsupported (tesseract or all languages are not installed), kInvalidArgument (a language
  // is not installed).
  static Result<std::unique_ptr<Recognizer>> open(const std::string& languages,
                                                  std::chrono::seconds cpu_time);
  ~Recognizer();
  Recognizer(const Recognizer&) = delete;

  // Turns a page that lies on its side or head where that is needed to read it. kResourceExhausted: it takes
  // more than a minute.
  Result<Recognized> read(const Bitmap& bitmap);
  bool in_time() const;

 private:
  struct Parts;
  explicit Recognizer(std::unique_ptr<Parts> parts);
  const std::unique_ptr<Parts> parts_;
};

}  // namespace rappel::extractor::ocr
