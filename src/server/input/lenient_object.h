// LenientObject: members of a request's JSON object as clients of the model protocols send them
// (docs/http-api.md, Models). null is absent, "true" and "False" are booleans, numeric strings are numbers,
// and unknown members are ignored. The first member that is wrong is the fault; reading may go on after it.
//
// Keeps a reference to the object. A fault tells the name of a member and its rule, never what was sent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/http/body_json.h"

namespace rappel {

// Why a request to a model is refused, before it has the shape of a protocol's errors.
struct InputFault {
  std::string message;
  std::string param = {};  // the member; may be empty
  std::string code = {};   // "model_not_found"; may be empty
  int status = 400;
};

class LenientObject {
 public:
  explicit LenientObject(const JsonObject& object) : object_(object) {}

  // Null if the member is absent or null.
  const JsonValue* find(std::string_view name) const;
  // Nothing if the member is absent, null, or wrong.
  std::optional<bool> boolean(std::string_view name);
  std::optional<std::int64_t> integer(std::string_view name);
  std::optional<double> number(std::string_view name);
  std::optional<std::string> text(std::string_view name);

  // "`NAME` RULE". The first refusal counts.
  void refuse(std::string_view name, std::string_view rule);
  const std::optional<InputFault>& fault() const { return fault_; }

 private:
  const JsonObject& object_;
  std::optional<InputFault> fault_;
};

}  // namespace rappel
