// IngestResult: what became of one file or document of several.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rappel {

class JsonWriter;

struct IngestResult {
  enum class State {
    kStored,
    kEmpty,    // without text, so nothing is stored
    kSkipped,  // not to be stored: personal data
    kFailed,
  };
  std::string name;  // as the client gave it
  State state = State::kFailed;
  std::string id = {};      // of the document that has it
  std::string detail = {};  // for the client: why it is not stored, or nothing had to be done
  std::vector<std::string> warnings = {};
  std::vector<std::string> similar = {};  // ids of documents with nearly the same text
};

// "stored"
std::string_view state_name(IngestResult::State state);
// The members of the object that `out` is in.
void write_result(JsonWriter& out, const IngestResult& result);

}  // namespace rappel
