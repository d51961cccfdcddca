// ChunkSpill: moves chunks of documents out of memory, into one private file, until a store takes them. With
// it the memory of an upload does not grow with the upload.
//
// One thread uses it; the documents may outlive it.
#pragma once

#include <filesystem>
#include <memory>
#include <utility>

#include "base/os/scratch_file.h"
#include "base/status.h"
#include "store/types.h"

namespace rappel {

class ChunkSpill {
 public:
  // `folder`: where the file is made when it is needed first.
  explicit ChunkSpill(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Moves `document.chunks` to the end of `document.waiting`. kUnavailable, [disk-full]: the document is as
  // it was.
  Status move(NewDocument& document);

 private:
  const std::filesystem::path folder_;
  std::shared_ptr<ScratchFile> file_;  // null until the first move
};

}  // namespace rappel
