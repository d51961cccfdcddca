// Blocks of postings as files (index/section_file.h).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/os/file.h"
#include "base/status.h"
#include "index/postings/postings_block.h"

namespace rappel {

// `rules`: how the terms were made of their rows; any text.
std::string write_postings(const PostingsBlock& block, std::string_view rules);
// A block that lies in the file. kCorrupt: damaged, without rows, or made by other rules. The whole file is
// read once, and leaves the process's memory again until it is searched.
Result<std::shared_ptr<const PostingsBlock>> map_postings(std::shared_ptr<const MappedFile> file,
                                                          std::string_view rules);

}  // namespace rappel
