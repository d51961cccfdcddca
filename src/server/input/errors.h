// The plugin's error shapes (docs/http-api.md): {"detail":"..."} for a refusal, {"detail":[..]} for fields.
#pragma once

#include "server/http/refusal.h"
#include "server/input/validation.h"

namespace rappel {

// Missing and foreign credentials are 403 without WWW-Authenticate here, a wrong token is 401.
Response plugin_refusal(const Refusal& refusal);

// 400
Response unusable_key_response();

// 422 with the list.
Response validation_response(const FieldErrors& errors);

}  // namespace rappel
