// For migrations: a custom metadata key becomes a document field.
#pragma once

#include "base/status.h"
#include "store/fields.h"

namespace rappel::sqlite {

class Connection;

// Moves the custom values of the field's name into the field's columns, in every document that has one. A
// value is taken as from a caller: a number becomes a text, a text that is a date becomes one. A value that
// the field cannot hold stays custom metadata, under `<name>_custom`. Runs inside the caller's transaction,
// once the columns exist.
Status lift_custom_key(Connection& db, const DocumentField& field);

}  // namespace rappel::sqlite
