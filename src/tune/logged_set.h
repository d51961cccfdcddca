// A judged set from a log of questions and answers (eval/answer_log.h) and the documents of a store.
//
// All documents of the store are the corpus, so that answers have the competition that they have in use. The
// text of a document is made of its chunks, with the white space between them as sections have it
// (retrieve/sections.h). Each question is a query, q1, q2, .. in the order of the log, and its answers are
// relevant (1). The id of a chunk (`ID_3`) counts as its document.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <stop_token>
#include <string>

#include "base/status.h"
#include "eval/answer_log.h"
#include "store/document_store.h"

namespace rappel {

struct LoggedSet {
  std::size_t documents = 0, questions = 0, answers = 0;  // written
  std::size_t unknown = 0;                                // answers that the store does not have; left out
  std::size_t unanswered = 0;                             // questions without another answer; left out
  std::string example;                                    // an id that is unknown
};

// Writes the set into `folder` (eval/set_writer.h). `advance` is told how many documents of how many are
// written. kInvalidArgument: the store has none of the answers; kCancelled; errors of store and files. After
// an error there is no folder.
Result<LoggedSet> write_logged_set(std::span<const LoggedQuestion> questions, DocumentStore& store,
                                   const std::filesystem::path& folder,
                                   const std::function<void(std::size_t done, std::size_t total)>& advance,
                                   const std::stop_token& stop);

}  // namespace rappel
