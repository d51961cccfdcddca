#include "extractor/ocr/read_image.h"

#include <string>

#include "extractor/ocr/image_file.h"
#include "extractor/ocr/page_ocr.h"
#include "extractor/page/page_reader.h"

namespace rappel::extractor {
namespace {

class ImagePages final : public page::PageSource {
 public:
  ImagePages(const ocr::ImageFile& file, ocr::PageOcr& ocr) : file_(file), ocr_(ocr) {}

  int pages() const override { return file_.pages(); }
  Result<page::Page> page(int index) override {
    if (!ocr_.in_time()) {
      ocr_.leave_out(index + 1);
      return page::Page();
    }
    auto bitmap = file_.page(index);
    if (!bitmap.ok()) ++damaged_;
    return bitmap.ok() ? ocr_.read(*bitmap, index + 1) : Result<page::Page>(bitmap.status());
  }
  bool all_damaged() const { return damaged_ == file_.pages(); }

 private:
  const ocr::ImageFile& file_;
  ocr::PageOcr& ocr_;
  int damaged_ = 0;
};

}  // namespace

Status read_image(const Source& source, ContentSink& sink) {
  if (source.ocr == nullptr)
    return Status(Code::kUnsupported, "it is an image, and OCR is off; set RAPPEL_OCR=true to read its text");
  RAPPEL_ASSIGN(const ocr::ImageFile file, ocr::ImageFile::open(source.bytes));
  RAPPEL_TRY(sink.property("pages", std::to_string(file.pages())));
  ocr::PageOcr ocr(*source.ocr);
  ImagePages pages(file, ocr);
  RAPPEL_TRY(page::read_pages(pages, {}, sink));
  if (pages.all_damaged())
    return Status(Code::kInvalidArgument, "the image is damaged; save it again from its own program");
  return ocr.tell(sink);
}

}  // namespace rappel::extractor
