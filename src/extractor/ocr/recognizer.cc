#include "extractor/ocr/recognizer.h"

#include <algorithm>
#include <ctime>

#include "base/utf8.h"
#include "extractor/ocr/languages.h"
#include "extractor/ocr/tesseract_library.h"

namespace rappel::extractor::ocr {
namespace {

constexpr int kMostPageMs = 60'000;
constexpr double kPoor = 70;    // percent: below, another direction is tried
constexpr float kSureTurn = 1;  // of tesseract's measure of the direction

struct Deleter {
  const Library* lib;
  void operator()(Api* api) const { lib->TessBaseAPIDelete(api); }
  void operator()(Results* results) const { lib->TessResultIteratorDelete(results); }
  void operator()(Monitor* monitor) const { lib->TessMonitorDelete(monitor); }
  void operator()(char* text) const { lib->TessDeleteText(text); }
};
template <class T>
using Owned = std::unique_ptr<T, Deleter>;

// Null: the models are not there.
Owned<Api> open_api(const Library& lib, const std::string& languages) {
  Owned<Api> api(lib.TessBaseAPICreate(), {&lib});
  if (lib.TessBaseAPIInit3(api.get(), nullptr, languages.c_str()) != 0) return {nullptr, {&lib}};
  lib.TessBaseAPISetVariable(api.get(), "debug_file", "/dev/null");
  return api;
}

void show(const Library& lib, Api* api, const Bitmap& bitmap) {
  lib.TessBaseAPISetImage(api, bitmap.pixels.data(), bitmap.width, bitmap.height, 1, bitmap.width);
  lib.TessBaseAPISetSourceResolution(api, bitmap.dpi);
}

Word word_at(const Library& lib, Results* results) {
  Word word;
  const Place* place = lib.TessResultIteratorGetPageIterator(results);
  const Owned<char> text(lib.TessResultIteratorGetUTF8Text(results, kLevelWord), {&lib});
  if (text) word.text = utf8_repair(text.get()).text;
  word.confidence = lib.TessResultIteratorConfidence(results, kLevelWord);
  word.begins_line = lib.TessPageIteratorIsAtBeginningOf(place, kLevelLine) != 0;
  lib.TessPageIteratorBoundingBox(place, kLevelWord, &word.x0, &word.y0, &word.x1, &word.y1);
  lib.TessPageIteratorBaseline(place, kLevelLine, &word.base_x0, &word.base_y0, &word.base_x1, &word.base_y1);
  int ignored = 0;
  lib.TessResultIteratorWordFontAttributes(results, &ignored, &ignored, &ignored, &ignored, &ignored,
                                           &ignored, &word.points, &ignored);
  return word;
}

Recognized results_of(const Library& lib, Api* api) {
  Recognized found;
  const Owned<Results> results(lib.TessBaseAPIGetIterator(api), {&lib});
  double sum = 0, characters = 0;
  if (results) do {
      Word word = word_at(lib, results.get());
      if (word.text.empty()) continue;
      const auto size = static_cast<double>(word.text.size());
      sum += size * static_cast<double>(word.confidence);
      characters += size;
      found.words.push_back(std::move(word));
    } while (lib.TessResultIteratorNext(results.get(), kLevelWord) != 0);
  if (characters > 0) found.confidence = sum / characters;
  return found;
}

}  // namespace

struct Recognizer::Parts {
  const Library* lib;
  Owned<Api> api, direction;  // the second one is null where its model is not installed
  Owned<Monitor> monitor;
  std::chrono::seconds cpu_time;

  Result<Recognized> read(const Bitmap& bitmap) {
    show(*lib, api.get(), bitmap);
    lib->TessMonitorSetDeadlineMSecs(monitor.get(), kMostPageMs);
    const bool done = lib->TessBaseAPIRecognize(api.get(), monitor.get()) == 0;
    Recognized found = done ? results_of(*lib, api.get()) : Recognized();
    lib->TessBaseAPIClear(api.get());
    if (!done) return Status(Code::kResourceExhausted, "OCR of a page takes more than a minute");
    return found;
  }

  // Quarters that the page must be turned clockwise; 0 if it is upright or has too few characters to know.
  int quarters_to_turn(const Bitmap& bitmap) {
    if (!direction) return 0;
    int degrees = 0;
    float sure = 0, ignored = 0;
    const char* script = nullptr;
    show(*lib, direction.get(), bitmap);
    const bool known =
        lib->TessBaseAPIDetectOrientationScript(direction.get(), &degrees, &sure, &script, &ignored) != 0;
    lib->TessBaseAPIClear(direction.get());
    return known && sure >= kSureTurn ? degrees / 90 : 0;
  }
};

Result<std::unique_ptr<Recognizer>> Recognizer::open(const std::string& languages,
                                                     std::chrono::seconds cpu_time) {
  RAPPEL_ASSIGN(const Library* lib, library());
  RAPPEL_ASSIGN(const std::vector<std::string> installed, installed_languages());
  RAPPEL_ASSIGN(const std::string used, languages_to_use(languages, installed));
  Owned<Api> api = open_api(*lib, used);
  if (!api)
    return Status(Code::kUnsupported, "tesseract cannot open its models for " + used +
                                          ": install the packages tesseract-ocr-LANGUAGE again");
  lib->TessBaseAPISetPageSegMode(api.get(), kPageAuto);
  auto parts = std::make_unique<Parts>(Parts{lib, std::move(api), open_api(*lib, "osd"),
                                             Owned<Monitor>(lib->TessMonitorCreate(), {lib}), cpu_time});
  return std::unique_ptr<Recognizer>(new Recognizer(std::move(parts)));
}

Recognizer::Recognizer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Recognizer::~Recognizer() = default;

Result<Recognized> Recognizer::read(const Bitmap& bitmap) {
  RAPPEL_ASSIGN(Recognized upright, parts_->read(bitmap));
  if (!upright.words.empty() && upright.confidence >= kPoor) return upright;
  const int quarters = parts_->quarters_to_turn(bitmap);
  if (quarters == 0 || !in_time()) return upright;
  RAPPEL_ASSIGN(Recognized other, parts_->read(turned(bitmap, quarters)));
  return !other.words.empty() && other.confidence > upright.confidence ? other : upright;
}

bool Recognizer::in_time() const {
  return std::chrono::seconds(std::clock() / CLOCKS_PER_SEC) < parts_->cpu_time;
}

}  // namespace rappel::extractor::ocr
