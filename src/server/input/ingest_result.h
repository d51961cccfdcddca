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
    kEmpty,   // without text, so nothing is stored
    kFailed,  // detail says why
  };
  std::string name;  // as the client gave it
  State state = State::kFailed;
  std::string id = {};      // of the stored document
  std::string detail = {};  // for the client
  std::vector<std::string> warnings = {};
};

// "stored"
std::string_view state_name(IngestResult::State state);
// The members of the object that `out` is in.
void write_result(JsonWriter& out, const IngestResult& result);

}  // namespace rappel
