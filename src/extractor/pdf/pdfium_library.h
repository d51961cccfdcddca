// The functions of libpdfium that are used, found with dlopen. Only pdfium.cc and page_picture.cc
// call them.
//
// Declared here because the package that the library comes from has no header. The C interface is stable:
// Debian's library of 2022 and the package of scripts/install-pdfium both work. Functions that the older one
// lacks are optional.
#pragma once

#include <string>

#include "base/status.h"

namespace rappel::extractor::pdf {

struct LibraryConfig {
  int version;
  const char** font_paths;
  void* isolate;
  unsigned int slot;
};
struct RectF {
  float left, top, right, bottom;
};
struct Matrix {
  float a, b, c, d, e, f;
};
using Handle =
    void*;  // document, page, text page, bookmark, ..; each owned as the function that gives it says

// X(result, name, parameters): required.
#define RAPPEL_PDFIUM_FUNCTIONS(X)                                                        \
  X(void, FPDF_InitLibraryWithConfig, (const LibraryConfig*))                             \
  X(unsigned long, FPDF_GetLastError, ())                                                 \
  X(Handle, FPDF_LoadMemDocument64, (const void*, std::size_t, const char*))              \
  X(void, FPDF_CloseDocument, (Handle))                                                   \
  X(int, FPDF_GetPageCount, (Handle))                                                     \
  X(unsigned long, FPDF_GetMetaText, (Handle, const char*, void*, unsigned long))         \
  X(unsigned long, FPDF_GetPageLabel, (Handle, int, void*, unsigned long))                \
  X(Handle, FPDF_LoadPage, (Handle, int))                                                 \
  X(void, FPDF_ClosePage, (Handle))                                                       \
  X(double, FPDF_GetPageWidth, (Handle))                                                  \
  X(double, FPDF_GetPageHeight, (Handle))                                                 \
  X(Handle, FPDFBitmap_CreateEx, (int, int, int, void*, int))                             \
  X(void, FPDFBitmap_FillRect, (Handle, int, int, int, int, unsigned long))               \
  X(void, FPDF_RenderPageBitmap, (Handle, Handle, int, int, int, int, int, int))          \
  X(void, FPDFBitmap_Destroy, (Handle))                                                   \
  X(int, FPDFPage_Flatten, (Handle, int))                                                 \
  X(int, FPDFPage_GetAnnotCount, (Handle))                                                \
  X(Handle, FPDFPage_GetAnnot, (Handle, int))                                             \
  X(void, FPDFPage_CloseAnnot, (Handle))                                                  \
  X(int, FPDFAnnot_GetSubtype, (Handle))                                                  \
  X(int, FPDFAnnot_HasKey, (Handle, const char*))                                         \
  X(unsigned long, FPDFAnnot_GetStringValue, (Handle, const char*, void*, unsigned long)) \
  X(int, FPDFPage_CountObjects, (Handle))                                                 \
  X(Handle, FPDFPage_GetObject, (Handle, int))                                            \
  X(int, FPDFPageObj_GetType, (Handle))                                                   \
  X(int, FPDFPageObj_GetBounds, (Handle, float*, float*, float*, float*))                 \
  X(Handle, FPDFText_LoadPage, (Handle))                                                  \
  X(void, FPDFText_ClosePage, (Handle))                                                   \
  X(int, FPDFText_CountChars, (Handle))                                                   \
  X(unsigned int, FPDFText_GetUnicode, (Handle, int))                                     \
  X(double, FPDFText_GetFontSize, (Handle, int))                                          \
  X(unsigned long, FPDFText_GetFontInfo, (Handle, int, void*, unsigned long, int*))       \
  X(int, FPDFText_GetMatrix, (Handle, int, Matrix*))                                      \
  X(float, FPDFText_GetCharAngle, (Handle, int))                                          \
  X(int, FPDFText_GetLooseCharBox, (Handle, int, RectF*))                                 \
  X(int, FPDFText_GetCharOrigin, (Handle, int, double*, double*))                         \
  X(Handle, FPDFBookmark_GetFirstChild, (Handle, Handle))                                 \
  X(Handle, FPDFBookmark_GetNextSibling, (Handle, Handle))                                \
  X(unsigned long, FPDFBookmark_GetTitle, (Handle, void*, unsigned long))                 \
  X(Handle, FPDFBookmark_GetDest, (Handle, Handle))                                       \
  X(Handle, FPDFBookmark_GetAction, (Handle))                                             \
  X(Handle, FPDFAction_GetDest, (Handle, Handle))                                         \
  X(int, FPDFDest_GetDestPageIndex, (Handle, Handle))                                     \
  X(int, FPDFDoc_GetAttachmentCount, (Handle))                                            \
  X(Handle, FPDFDoc_GetAttachment, (Handle, int))                                         \
  X(unsigned long, FPDFAttachment_GetName, (Handle, void*, unsigned long))                \
  X(int, FPDFAttachment_GetFile, (Handle, void*, unsigned long, unsigned long*))

// Null where the library is older.
#define RAPPEL_PDFIUM_OPTIONAL(X)                    \
  X(Handle, FPDFText_GetTextObject, (Handle, int))   \
  X(int, FPDFText_IsGenerated, (Handle, int))        \
  X(int, FPDFText_IsHyphen, (Handle, int))           \
  X(int, FPDFText_HasUnicodeMapError, (Handle, int)) \
  X(unsigned long, FPDFCatalog_GetLanguage, (Handle, void*, unsigned long))

struct Library {
#define RAPPEL_PDFIUM_MEMBER(result, name, parameters) result(*name) parameters = nullptr;
  RAPPEL_PDFIUM_FUNCTIONS(RAPPEL_PDFIUM_MEMBER)
  RAPPEL_PDFIUM_OPTIONAL(RAPPEL_PDFIUM_MEMBER)
#undef RAPPEL_PDFIUM_MEMBER
};

// Opens the library at the first call; later calls return the same answer. `path`: the
// library or its folder; "" searches the folder of scripts/install-pdfium, ../lib/rappel beside the program
// and the system's folders.
Result<const Library*> library(const std::string& path = "");
// The same, ready for use. Needs no file system once library() was called.
Result<const Library*> initialized_library();

}  // namespace rappel::extractor::pdf
