// The answer to a question as JSON, and for people.
#pragma once

#include <cstddef>
#include <iosfwd>

#include "cli/terminal.h"
#include "codec/json.h"
#include "retrieve/types.h"

namespace rappel {

// A page of an answer; the first one is 1.
struct AnswerPage {
  QueryOutput output;
  std::size_t number = 1;
  std::size_t before = 0;  // results of the pages before it
};

Json answer_json(const AnswerPage& page);
void print_answer(const AnswerPage& page, const Terminal& style, std::ostream& out);

}  // namespace rappel
