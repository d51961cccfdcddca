#include "text/words/icu_normal.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uversion.h>

#include <new>

#include "base/check.h"

namespace rappel {
namespace {

void check(UErrorCode error) {
  if (error == U_MEMORY_ALLOCATION_ERROR) throw std::bad_alloc();
  RAPPEL_CHECK(U_SUCCESS(error), "ICU has the data of all normal forms");
}

const icu::Normalizer2* instance(NormalForm form, UErrorCode& error) {
  switch (form) {
    case NormalForm::kNfc: return icu::Normalizer2::getNFCInstance(error);
    case NormalForm::kNfd: return icu::Normalizer2::getNFDInstance(error);
    case NormalForm::kNfkc: return icu::Normalizer2::getNFKCInstance(error);
    case NormalForm::kNfkcCasefold: break;
  }
  return icu::Normalizer2::getNFKCCasefoldInstance(error);
}

}  // namespace

void normalize(NormalForm form, std::string_view text, std::string& out) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = instance(form, error);
  check(error);
  out.clear();
  icu::StringByteSink<std::string> sink(&out);
  const icu::StringPiece piece(text.data(), static_cast<std::int32_t>(text.size()));
  normalizer->normalizeUTF8(0, piece, sink, nullptr, error);
  check(error);
}

bool begins_part(char32_t c) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = instance(NormalForm::kNfkc, error);
  check(error);
  return normalizer->hasBoundaryBefore(static_cast<UChar32>(c)) != 0;
}

std::string icu_version() {
  UVersionInfo version;
  u_getVersion(version);
  char text[U_MAX_VERSION_STRING_LENGTH];
  u_versionToString(version, text);
  return text;
}

}  // namespace rappel
