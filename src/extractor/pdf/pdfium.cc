#include "extractor/pdf/pdfium.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/utf8.h"
#include "extractor/page/characters.h"
#include "extractor/pdf/pdfium_library.h"

namespace rappel::extractor {

bool load_pdfium(const std::string& path) {
  return pdf::library(path).ok() && pdf::initialized_library().ok();
}

}  // namespace rappel::extractor

namespace rappel::extractor::pdf {
namespace {

constexpr int kMaxCharacters = 400'000;        // of a page
constexpr int kMaxObjects = 20'000;            // of a page, looked at for rules
constexpr float kThickest = 3, kShortest = 8;  // of rules, in points
constexpr int kMaxAnnotations = 5'000;
constexpr int kMaxOutline = 10'000, kMaxOutlineDepth = 9;
constexpr unsigned long kMaxName = 1 << 16;  // bytes of UTF-16
// Values of the interface.
constexpr unsigned long kErrorPassword = 4;
constexpr int kObjectPath = 2, kObjectImage = 3;
constexpr int kAnnotationText = 1, kAnnotationLink = 2, kAnnotationFreeText = 3, kAnnotationStamp = 13,
              kAnnotationPopup = 16, kAnnotationWidget = 20;
constexpr int kFixedPitch = 1, kForceBold = 1 << 18;

// Only after initialized_library() was ok.
const Library& pdfium() { return **library(); }

struct Closer {
  void (*close)(Handle);
  void operator()(Handle handle) const { close(handle); }
};
using Owned = std::unique_ptr<void, Closer>;

std::string from_utf16le(const std::string& bytes) {
  std::string text;
  const auto unit = [&](std::size_t i) {
    return static_cast<char32_t>(static_cast<unsigned char>(bytes[i]) |
                                 static_cast<unsigned char>(bytes[i + 1]) << 8);
  };
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    char32_t c = unit(i);
    if (c == 0) break;
    if (c >= 0xD800 && c < 0xDC00 && i + 3 < bytes.size() && unit(i + 2) >= 0xDC00 && unit(i + 2) < 0xE000) {
      c = 0x10000 + ((c - 0xD800) << 10) + (unit(i + 2) - 0xDC00);
      i += 2;
    }
    if (c >= 0xD800 && c < 0xE000) c = 0xFFFD;
    utf8_append(text, c);
  }
  return text;
}

// `get(buffer, size)` returns the size in bytes that it needs.
template <class Get>
std::string wide_text(const Get& get) {
  const unsigned long size = get(nullptr, 0);
  if (size < 2 || size > kMaxName) return "";
  std::string bytes(size, '\0');
  if (get(bytes.data(), size) > size) return "";
  return from_utf16le(bytes);
}

Status open_error(unsigned long error) {
  if (error == kErrorPassword)
    return Status(Code::kInvalidArgument, "the PDF is password protected; remove the password and try again");
  return Status(Code::kInvalidArgument,
                "the PDF is damaged and cannot be read; save it again from its own program",
                "PDFium error " + std::to_string(error));
}

// Traits of a text object, asked once.
struct ObjectTraits {
  Handle handle = nullptr;
  std::uint32_t number = 0;
  float size = 0, angle = 0;
  bool bold = false, fixed = false;
};

void ask_font(Handle text, int index, ObjectTraits& traits) {
  char name[256];
  int flags = 0;
  const unsigned long size = pdfium().FPDFText_GetFontInfo(text, index, name, sizeof name, &flags);
  const std::string_view view(name, size == 0 || size > sizeof name ? 0 : size - 1);
  const auto named = [&](std::string_view word) { return view.find(word) != view.npos; };
  traits.bold =
      (flags & kForceBold) != 0 || named("Bold") || named("bold") || named("Black") || named("CMBX");
  traits.fixed = (flags & kFixedPitch) != 0 || named("Mono") || named("Courier") || named("CMTT");
}

class PageReader {
 public:
  PageReader(Handle page, Handle text) : page_(page), text_(text) {}

  void read(page::Page& page) {
    const int count = std::max(0, pdfium().FPDFText_CountChars(text_));
    page.cut = count > kMaxCharacters;
    const int taken = std::min(count, kMaxCharacters);
    page.glyphs.reserve(static_cast<std::size_t>(taken));
    bool turned = false;
    for (int i = 0; i < taken; ++i) {
      page.glyphs.push_back(glyph(i));
      turned = turned || page::is_right_to_left(page.glyphs.back().code);
    }
    if (turned) number_as_drawn(page);
  }

 private:
  // PDFium puts the objects of right-to-left lines into another order than the page draws them in.
  void number_as_drawn(page::Page& page) const {
    const Library& lib = pdfium();
    std::unordered_map<Handle, std::uint32_t> drawn;
    const int count = std::min(lib.FPDFPage_CountObjects(page_), kMaxObjects);
    for (int i = 0; i < count; ++i)
      drawn.emplace(lib.FPDFPage_GetObject(page_, i), static_cast<std::uint32_t>(i + 1));
    std::vector<std::uint32_t> numbers(objects_.size());
    for (std::size_t i = 0; i < objects_.size(); ++i) {
      const auto found = drawn.find(objects_[i]);
      numbers[i] = found != drawn.end() ? found->second : static_cast<std::uint32_t>(kMaxObjects + 1 + i);
    }
    for (page::Glyph& glyph : page.glyphs)
      if (glyph.object > 0) glyph.object = numbers[glyph.object - 1];
  }

  page::Glyph glyph(int index) {
    const Library& lib = pdfium();
    page::Glyph glyph;
    glyph.code = lib.FPDFText_GetUnicode(text_, index);
    RectF box{};
    lib.FPDFText_GetLooseCharBox(text_, index, &box);
    glyph.x0 = std::min(box.left, box.right), glyph.x1 = std::max(box.left, box.right);
    glyph.y0 = std::min(box.bottom, box.top), glyph.y1 = std::max(box.bottom, box.top);
    double x = 0, y = 0;
    lib.FPDFText_GetCharOrigin(text_, index, &x, &y);
    glyph.base_x = static_cast<float>(x), glyph.base_y = static_cast<float>(y);
    describe(glyph, index);
    glyph.hyphen = glyph.code == 2 || (lib.FPDFText_IsHyphen && lib.FPDFText_IsHyphen(text_, index) == 1);
    glyph.unmapped = lib.FPDFText_HasUnicodeMapError && lib.FPDFText_HasUnicodeMapError(text_, index) == 1;
    return glyph;
  }

  void describe(page::Glyph& glyph, int index) {
    const Library& lib = pdfium();
    const Handle object = lib.FPDFText_GetTextObject ? lib.FPDFText_GetTextObject(text_, index) : nullptr;
    glyph.generated = lib.FPDFText_GetTextObject && object == nullptr;
    if (lib.FPDFText_IsGenerated && lib.FPDFText_IsGenerated(text_, index) == 1) glyph.generated = true;
    if (glyph.generated) return;
    if (object == nullptr || object != traits_.handle) {
      traits_.handle = object;
      ++traits_.number;
      objects_.push_back(object);
      traits_.angle = lib.FPDFText_GetCharAngle(text_, index);
      traits_.size = font_size(index);
      if (object != nullptr) ask_font(text_, index, traits_);
    }
    glyph.object = traits_.number;
    glyph.angle = traits_.angle;
    glyph.size = traits_.size;
    glyph.bold = traits_.bold;
    glyph.fixed = traits_.fixed;
  }

  // On the page, in points.
  float font_size(int index) const {
    Matrix matrix{};
    const auto size = static_cast<float>(pdfium().FPDFText_GetFontSize(text_, index));
    if (!pdfium().FPDFText_GetMatrix(text_, index, &matrix)) return size;
    const float scaled = size * std::hypot(matrix.c, matrix.d);
    return scaled > 0 && std::isfinite(scaled) ? scaled : size;
  }

  Handle page_, text_;
  std::vector<Handle> objects_;  // by number, from 1
  ObjectTraits traits_;
};

std::string annotation_text(Handle annotation, const char* key) {
  return wide_text([&](void* buffer, unsigned long size) {
    return pdfium().FPDFAnnot_GetStringValue(annotation, key, buffer, size);
  });
}

// Text of the annotation that its drawing does not show.
std::string hidden_text(Handle annotation, int type) {
  const bool drawn = pdfium().FPDFAnnot_HasKey(annotation, "AP") != 0;
  if (type == kAnnotationWidget) return drawn ? "" : annotation_text(annotation, "V");
  if (drawn && (type == kAnnotationFreeText || type == kAnnotationStamp)) return "";
  return annotation_text(annotation, "Contents");
}

// Collects the comments of the page. True: annotations are drawn that are to be text of the page, as form
// fields, stamps and free text.
bool read_annotations(Handle page, page::Page& out) {
  const Library& lib = pdfium();
  const int count = std::min(lib.FPDFPage_GetAnnotCount(page), kMaxAnnotations);
  bool drawn = false;
  for (int i = 0; i < count; ++i) {
    const Owned annotation(lib.FPDFPage_GetAnnot(page, i), {lib.FPDFPage_CloseAnnot});
    if (!annotation) continue;
    const int type = lib.FPDFAnnot_GetSubtype(annotation.get());
    if (type == kAnnotationLink || type == kAnnotationPopup) continue;
    if (std::string text = hidden_text(annotation.get(), type); !text.empty())
      out.notes.push_back(std::move(text));
    drawn = drawn || type != kAnnotationText;
  }
  return drawn;
}

// Lines of tables, and what images cover.
void read_drawing(Handle page, page::Page& out) {
  const Library& lib = pdfium();
  double covered = 0;  // square points
  const int count = lib.FPDFPage_CountObjects(page);
  out.has_objects = count > 0;
  for (int i = 0; i < std::min(count, kMaxObjects); ++i) {
    const Handle object = lib.FPDFPage_GetObject(page, i);
    const int type = object == nullptr ? 0 : lib.FPDFPageObj_GetType(object);
    if (type != kObjectPath && type != kObjectImage) continue;
    float left = 0, bottom = 0, right = 0, top = 0;
    if (!lib.FPDFPageObj_GetBounds(object, &left, &bottom, &right, &top)) continue;
    if (type == kObjectImage) {
      covered += static_cast<double>(right - left) * (top - bottom);
      continue;
    }
    const bool wide = right - left > kThickest, high = top - bottom > kThickest;
    if (wide && right - left >= kShortest) out.rules.push_back({left, right, top});
    if (wide && high && right - left >= kShortest) out.rules.push_back({left, right, bottom});
    if (high && top - bottom >= kShortest) out.uprights.push_back({left, bottom, top});
    if (wide && high && top - bottom >= kShortest) out.uprights.push_back({right, bottom, top});
  }
  const double area = covered > 0 ? lib.FPDF_GetPageWidth(page) * lib.FPDF_GetPageHeight(page) : 0;
  if (area > 0) out.pictures = static_cast<float>(std::min(1.0, covered / area));
}

}  // namespace

Result<Document> Document::open(std::string_view bytes, const std::string& password) {
  RAPPEL_TRY(initialized_library().status());
  const Library& lib = pdfium();
  for (const char* key : {static_cast<const char*>(nullptr), password.c_str()}) {
    if (Handle handle = lib.FPDF_LoadMemDocument64(bytes.data(), bytes.size(), key)) return Document(handle);
    if (lib.FPDF_GetLastError() != kErrorPassword || password.empty()) break;
  }
  return open_error(lib.FPDF_GetLastError());
}

Document::Document(Document&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}

Document::~Document() {
  if (handle_ != nullptr) pdfium().FPDF_CloseDocument(handle_);
}

int Document::pages() const { return std::max(0, pdfium().FPDF_GetPageCount(handle_)); }

Result<page::Page> Document::page(int index) const {
  const Library& lib = pdfium();
  Owned page(lib.FPDF_LoadPage(handle_, index), {lib.FPDF_ClosePage});
  if (!page) return Status(Code::kCorrupt, "the page is damaged");
  page::Page out;
  if (read_annotations(page.get(), out) && lib.FPDFPage_Flatten(page.get(), 0) == 1) {
    out.has_form_text = true;
    page.reset(lib.FPDF_LoadPage(handle_, index));
    if (!page) return Status(Code::kCorrupt, "the page is damaged");
  }
  read_drawing(page.get(), out);
  const Owned text(lib.FPDFText_LoadPage(page.get()), {lib.FPDFText_ClosePage});
  if (text) PageReader(page.get(), text.get()).read(out);
  return out;
}

std::string Document::page_label(int index) const {
  return wide_text([&](void* buffer, unsigned long size) {
    return pdfium().FPDF_GetPageLabel(handle_, index, buffer, size);
  });
}

std::string Document::info(const char* name) const {
  return wide_text([&](void* buffer, unsigned long size) {
    return pdfium().FPDF_GetMetaText(handle_, name, buffer, size);
  });
}

std::string Document::language() const {
  if (pdfium().FPDFCatalog_GetLanguage == nullptr) return "";
  return wide_text([&](void* buffer, unsigned long size) {
    return pdfium().FPDFCatalog_GetLanguage(handle_, buffer, size);
  });
}

std::vector<page::OutlineEntry> Document::outline() const {
  const Library& lib = pdfium();
  std::vector<page::OutlineEntry> entries;
  std::unordered_set<Handle> seen;
  struct Place {
    Handle mark;
    int level;
  };
  std::vector<Place> open = {{lib.FPDFBookmark_GetFirstChild(handle_, nullptr), 1}};
  while (!open.empty() && entries.size() < kMaxOutline) {
    const auto [mark, level] = open.back();
    open.pop_back();
    if (mark == nullptr || !seen.insert(mark).second) continue;
    Handle dest = lib.FPDFBookmark_GetDest(handle_, mark);
    if (dest == nullptr)
      if (const Handle action = lib.FPDFBookmark_GetAction(mark))
        dest = lib.FPDFAction_GetDest(handle_, action);
    page::OutlineEntry entry{.title = wide_text([&, bookmark = mark](void* buffer, unsigned long size) {
                               return lib.FPDFBookmark_GetTitle(bookmark, buffer, size);
                             }),
                             .level = level,
                             .page = dest == nullptr ? -1 : lib.FPDFDest_GetDestPageIndex(handle_, dest)};
    entries.push_back(std::move(entry));
    open.push_back({lib.FPDFBookmark_GetNextSibling(handle_, mark), level});
    if (level < kMaxOutlineDepth) open.push_back({lib.FPDFBookmark_GetFirstChild(handle_, mark), level + 1});
  }
  return entries;
}

int Document::attachments() const { return std::max(0, pdfium().FPDFDoc_GetAttachmentCount(handle_)); }

EmbeddedFile Document::attachment(int index, std::size_t limit) const {
  const Library& lib = pdfium();
  EmbeddedFile file;
  const Handle handle = lib.FPDFDoc_GetAttachment(handle_, index);
  if (handle == nullptr) return file;
  file.name = wide_text(
      [&](void* buffer, unsigned long size) { return lib.FPDFAttachment_GetName(handle, buffer, size); });
  unsigned long size = 0;
  if (!lib.FPDFAttachment_GetFile(handle, nullptr, 0, &size) || size == 0 || size > limit) return file;
  file.bytes.resize(size);
  if (!lib.FPDFAttachment_GetFile(handle, file.bytes.data(), size, &size) || size != file.bytes.size())
    file.bytes.clear();
  return file;
}

}  // namespace rappel::extractor::pdf
