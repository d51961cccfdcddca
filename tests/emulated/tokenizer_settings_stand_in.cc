// Replaces text/tokenizer_settings.cc in builds without ICU and simdjson. Model folders are then checked
// without their tokenizers, which the tests of the engine do not use.
#include "text/tokenizer_settings.h"

namespace rappel {

Result<LoadedTokenizerFile> load_tokenizer_file(const std::filesystem::path& path) {
  return Status(Code::kUnsupported, path.string() + ": this build has no tokenizers");
}

}  // namespace rappel
