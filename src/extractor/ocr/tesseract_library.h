// The functions of libtesseract that are used, and those of leptonica that it depends on, found with dlopen.
// Only recognizer.cc, languages.cc and image_file.cc call them.
//
// Declared here, so that no headers are needed to build. The C interface is that of capi.h, the same in
// tesseract 4 and 5; a Pix of leptonica (allheaders.h) is only passed on.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/status.h"

namespace rappel::extractor::ocr {

struct Api;      // TessBaseAPI
struct Results;  // TessResultIterator
struct Place;    // TessPageIterator
struct Monitor;  // ETEXT_DESC
struct Pix;      // of leptonica

// Values of the interfaces.
inline constexpr int kPageAuto = 3;                   // PSM_AUTO
inline constexpr int kLevelLine = 2, kLevelWord = 3;  // RIL_TEXTLINE, RIL_WORD
inline constexpr int kTiff = 4, kLastTiff = 10;       // IFF_TIFF .. IFF_TIFF_ZIP
inline constexpr int kTiffJpeg = 17;                  // IFF_TIFF_JPEG
inline constexpr int kSilent = 6;                     // L_SEVERITY_NONE

// X(result, name, parameters)
#define RAPPEL_TESSERACT_FUNCTIONS(X)                                                                        \
  X(Api*, TessBaseAPICreate, ())                                                                             \
  X(void, TessBaseAPIDelete, (Api*))                                                                         \
  X(int, TessBaseAPIInit3, (Api*, const char* folder, const char* languages))                                \
  X(char**, TessBaseAPIGetAvailableLanguagesAsVector, (const Api*))                                          \
  X(void, TessDeleteTextArray, (char**))                                                                     \
  X(void, TessDeleteText, (const char*))                                                                     \
  X(int, TessBaseAPISetVariable, (Api*, const char* name, const char* value))                                \
  X(void, TessBaseAPISetPageSegMode, (Api*, int))                                                            \
  X(void, TessBaseAPISetImage, (Api*, const std::uint8_t*, int width, int height, int bytes, int row))       \
  X(void, TessBaseAPISetSourceResolution, (Api*, int dpi))                                                   \
  X(int, TessBaseAPIRecognize, (Api*, Monitor*))                                                             \
  X(int, TessBaseAPIDetectOrientationScript,                                                                 \
    (Api*, int* degrees, float* confidence, const char** script, float* script_confidence))                  \
  X(Results*, TessBaseAPIGetIterator, (Api*))                                                                \
  X(void, TessBaseAPIClear, (Api*))                                                                          \
  X(void, TessResultIteratorDelete, (Results*))                                                              \
  X(Place*, TessResultIteratorGetPageIterator, (Results*))                                                   \
  X(int, TessResultIteratorNext, (Results*, int level))                                                      \
  X(char*, TessResultIteratorGetUTF8Text, (const Results*, int level))                                       \
  X(float, TessResultIteratorConfidence, (const Results*, int level))                                        \
  X(const char*, TessResultIteratorWordFontAttributes,                                                       \
    (const Results*, int* bold, int* italic, int* underlined, int* fixed, int* serif, int* small_caps,       \
     int* points, int* font))                                                                                \
  X(int, TessPageIteratorIsAtBeginningOf, (const Place*, int level))                                         \
  X(int, TessPageIteratorBoundingBox, (const Place*, int level, int* x0, int* y0, int* x1, int* y1))         \
  X(int, TessPageIteratorBaseline, (const Place*, int level, int* x0, int* y0, int* x1, int* y1))            \
  X(Monitor*, TessMonitorCreate, ())                                                                         \
  X(void, TessMonitorDelete, (Monitor*))                                                                     \
  X(void, TessMonitorSetDeadlineMSecs, (Monitor*, int ms))                                                   \
  X(int, setMsgSeverity, (int))                                                                              \
  X(int, pixReadHeaderMem,                                                                                   \
    (const std::uint8_t*, std::size_t, int* format, int* width, int* height, int* bits, int* samples,        \
     int* has_palette))                                                                                      \
  X(int, readHeaderMemTiff,                                                                                  \
    (const std::uint8_t*, std::size_t, int page, int* width, int* height, int* bits, int* samples, int* dpi, \
     int* has_palette, int* format))                                                                         \
  X(Pix*, pixReadMem, (const std::uint8_t*, std::size_t))                                                    \
  X(Pix*, pixReadMemTiff, (const std::uint8_t*, std::size_t, int page))                                      \
  X(Pix*, pixAlphaBlendUniform, (Pix*, std::uint32_t color))                                                 \
  X(Pix*, pixConvertTo8, (Pix*, int with_palette))                                                           \
  X(Pix*, pixScale, (Pix*, float x, float y))                                                                \
  X(Pix*, pixEndianByteSwapNew, (Pix*))                                                                      \
  X(void, pixDestroy, (Pix**))                                                                               \
  X(int, pixGetWidth, (const Pix*))                                                                          \
  X(int, pixGetHeight, (const Pix*))                                                                         \
  X(int, pixGetWpl, (const Pix*))                                                                            \
  X(int, pixGetSpp, (const Pix*))                                                                            \
  X(int, pixGetXRes, (const Pix*))                                                                           \
  X(std::uint32_t*, pixGetData, (Pix*))

struct Library {
#define RAPPEL_TESSERACT_MEMBER(result, name, parameters) result(*name) parameters = nullptr;
  RAPPEL_TESSERACT_FUNCTIONS(RAPPEL_TESSERACT_MEMBER)
#undef RAPPEL_TESSERACT_MEMBER
};

// Opens the libraries at the first call, with threads off; later calls return the same answer. kUnsupported:
// they are not installed, or too old.
Result<const Library*> library();

}  // namespace rappel::extractor::ocr
