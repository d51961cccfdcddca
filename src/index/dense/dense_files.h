// Codecs and segments of dense indexes as files (index/section_file.h).
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/os/file.h"
#include "base/status.h"
#include "index/dense/dense_codec.h"
#include "index/dense/dense_index.h"

namespace rappel {

std::string write_codec(const DenseCodec& codec);
// kCorrupt: damaged, or of another dimension.
Result<std::shared_ptr<const DenseCodec>> read_codec(std::string_view content, int dimension);

// `codec_name` tells the reader which codec belongs to the segment; any text.
std::string write_segment(const DenseIndex::Segment& segment, std::string_view codec_name);
// A segment of at most `most` rows that lies in the file. kCorrupt: damaged, or of another codec. The whole
// file is read once, and leaves the process's memory again until it is searched.
Result<DenseIndex::Segment> map_segment(std::shared_ptr<const MappedFile> file,
                                        std::shared_ptr<const DenseCodec> codec, std::string_view codec_name,
                                        std::size_t most);

}  // namespace rappel
