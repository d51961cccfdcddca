// RenderedContent: a sink that writes the text of a file while it is read. Only blocks that come after an
// attachment wait, if the text of that attachment comes before them.
#pragma once

#include "ingest/content/collected.h"
#include "ingest/content/outlined_text.h"

namespace rappel {

class RenderedContent final : public ContentSink {
 public:
  // `memory` as in ContentMeter; `out` and `attached` as in FileRenderer.
  RenderedContent(const ContentBounds& bounds, ByteHold* memory, OutlinedTextBuilder& out,
                  FileRenderer::Attached attached)
      : content_(bounds, memory),
        attachments_give_text_(attached != nullptr),
        renderer_(content_, out, std::move(attached)) {}
  RenderedContent(const RenderedContent&) = delete;

  Status part(Part part) override { return content_.part(std::move(part)); }
  Status block(Block block) override;
  Status property(std::string_view name, std::string value) override {
    return content_.property(name, std::move(value));
  }
  Status warning(std::string message) override { return content_.warning(std::move(message)); }
  Status attachment(Attachment attachment) override { return content_.attachment(std::move(attachment)); }

  // After the last piece: writes the blocks that wait, and the texts of attachments.
  Status finish();

  // Without the text of blocks that are written.
  CollectedContent& content() { return content_; }

 private:
  CollectedContent content_;
  const bool attachments_give_text_;
  FileRenderer renderer_;
};

}  // namespace rappel
