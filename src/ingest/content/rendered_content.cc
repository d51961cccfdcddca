#include "ingest/content/rendered_content.h"

namespace rappel {

Status RenderedContent::block(Block block) {
  if (attachments_give_text_ && !content_.attachments.empty()) return content_.block(std::move(block));
  RAPPEL_ASSIGN(const bool visible, content_.count(block));
  return visible ? renderer_.block(block, content_.parts.size()) : Status();
}

Status RenderedContent::finish() {
  for (std::size_t i = 0; i < content_.blocks.size(); ++i) {
    const PlacedBlock waiting = content_.blocks[i];
    RAPPEL_TRY(renderer_.block(waiting.block, waiting.part));
    content_.release_blocks_before(i + 1);
  }
  return renderer_.finish();
}

}  // namespace rappel
