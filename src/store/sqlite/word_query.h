// A person's text as an FTS5 expression: the words that the index's own tokenizer finds in it, each in
// quotes, any of them. So nothing a person writes is query syntax, and words match exactly as they were
// indexed.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace rappel::sqlite {

class Connection;

// Empty when the text has no word. At most the first 1000 different words count.
Result<std::string> word_query(Connection& db, std::string_view text);

}  // namespace rappel::sqlite
