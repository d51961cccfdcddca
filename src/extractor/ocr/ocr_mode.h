// OCR mode: whether the process recognizes text in images, as its command line says.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "extractor/ocr/recognizer.h"
#include "extractor/sandbox.h"

namespace rappel::extractor {

class OcrMode {
 public:
  OcrMode() = default;  // off
  // Opens the recognizer, before the sandbox closes. `languages` as Recognizer::open(); `seconds` of CPU
  // time, after which it stops by itself.
  OcrMode(const std::string& languages, int seconds)
      : on_(true),
        seconds_(seconds),
        opened_(ocr::Recognizer::open(languages, std::chrono::seconds(seconds))) {}

  // ok if it is off, too.
  Status status() const { return opened_.status(); }
  ocr::Recognizer* recognizer() const { return opened_.ok() ? opened_->get() : nullptr; }  // null: off
  SandboxLimits limits() const {
    SandboxLimits limits;
    if (!on_) return limits;
    limits.memory_bytes *= 2;
    limits.cpu_seconds += 2 * kPageSeconds + static_cast<unsigned>(seconds_);
    return limits;
  }

 private:
  static constexpr unsigned kPageSeconds = 60;  // the most of one page, which may be tried in two directions

  bool on_ = false;
  int seconds_ = 0;
  Result<std::unique_ptr<ocr::Recognizer>> opened_ = std::unique_ptr<ocr::Recognizer>();
};

}  // namespace rappel::extractor
