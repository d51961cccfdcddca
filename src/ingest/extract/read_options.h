// ReadOptions: what the reading of files may use besides the readers of rappel-extract.
#pragma once

#include <chrono>
#include <string>

namespace rappel {

struct ReadOptions {
  bool ocr = false;                    // images and scanned pages, with tesseract
  std::string ocr_languages = {};      // "eng+fra"; empty: those that are installed
  std::chrono::seconds ocr_time{300};  // of CPU, for one file
  std::string office = {};             // the program soffice; empty: searched for; "off": not used
};

}  // namespace rappel
