#include "extractor/ocr/languages.h"

#include <gtest/gtest.h>

namespace rappel::extractor::ocr {
namespace {

using Names = std::vector<std::string>;

TEST(OcrLanguages, InstalledOnesByDefaultEnglishFirst) {
  EXPECT_EQ(*languages_to_use("", {"deu", "eng", "fra"}), "eng+deu+fra");
  EXPECT_EQ(*languages_to_use("", {"fra"}), "fra");
  EXPECT_EQ(*languages_to_use("", {"ara", "bul", "ces", "deu", "eng", "fra"}), "eng+ara+bul+ces")
      << "each makes OCR slower";
}

TEST(OcrLanguages, GivenOnesMustBeInstalled) {
  EXPECT_EQ(*languages_to_use("fra+eng", {"eng", "fra"}), "fra+eng");
  EXPECT_EQ(*languages_to_use("+fra+", {"eng", "fra"}), "fra");
  const Status missing = languages_to_use("eng+deu", {"eng", "fra"}).status();
  EXPECT_EQ(missing.code(), Code::kInvalidArgument);
  EXPECT_EQ(missing.message(),
            "the OCR language deu is not installed: install the package tesseract-ocr-deu, or set "
            "RAPPEL_OCR_LANGUAGES to some of eng, fra");
}

}  // namespace
}  // namespace rappel::extractor::ocr
