// CSV and TSV: rows of cells parted by tabs. The delimiter is found from the content.
#pragma once

#include "extractor/readers.h"

namespace rappel::extractor {

Status read_csv(const Source& source, ContentSink& sink);
Status read_tsv(const Source& source, ContentSink& sink);

}  // namespace rappel::extractor
