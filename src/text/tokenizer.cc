#include "text/tokenizer.h"

#include <algorithm>

#include "text/pipeline.h"
#include "text/tokenizer_settings.h"

namespace rappel {

Result<std::shared_ptr<const Tokenizer>> Tokenizer::load(const std::filesystem::path& path) {
  if (path.extension() == ".model")
    return Status(Code::kUnsupported,
                  path.string() +
                      " is a SentencePiece model, which is not supported: a tokenizer.json is "
                      "needed; download it from the model's repository into the same folder");
  RAPPEL_ASSIGN(LoadedTokenizerFile loaded, load_tokenizer_file(path));
  auto tokenizer = PipelineTokenizer::create(std::move(loaded.file));
  if (!tokenizer.ok()) return tokenizer.status().with_context(path.string());
  return tokenizer;
}

Encoding Tokenizer::encode_pair(const std::vector<TokenId>& query, const std::vector<TokenId>& passage,
                                const PairOptions& options) const {
  const std::size_t specials = special_tokens_pair();
  const std::size_t room = options.max_length > specials ? options.max_length - specials : 0;
  const std::size_t query_most =
      options.query_max_length == 0 ? options.max_length * 3 / 4 : options.query_max_length;
  std::size_t first = std::min(query.size(), query_most);
  std::size_t second = std::min(passage.size(), options.max_length);
  if (first + second > room) {
    if (first < room) {
      second = room - first;
    } else {
      // The longer one gives way until both fit; of an odd room the second text has the odd token.
      const std::size_t shorter = std::min(first, second);
      const std::size_t longer = std::max(shorter, room > shorter ? room - shorter : 0);
      const bool first_is_shorter = first <= second;
      std::size_t of_shorter = shorter, of_longer = longer;
      if (shorter + longer > room) {
        of_shorter = room / 2;
        of_longer = of_shorter + room % 2;
      }
      first = first_is_shorter ? of_shorter : of_longer;
      second = first_is_shorter ? of_longer : of_shorter;
    }
  }
  return assemble_pair(query.data(), first, passage.data(), second);
}

}  // namespace rappel
