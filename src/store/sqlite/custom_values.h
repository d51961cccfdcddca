// Table `custom_values`: the custom metadata of documents, one row for each value, so that filters find it by
// index. It repeats what the column documents.custom holds and answers come from.
#pragma once

#include <cstdint>

#include "base/status.h"
#include "store/metadata.h"

namespace rappel::sqlite {

class Connection;

// Column `type`. An empty list is one row of type list without a value.
constexpr char kTextValue = 't', kNumberValue = 'n', kBooleanValue = 'b', kDateValue = 'd', kListValue = 'l';

Status insert_custom_values(Connection& db, std::int64_t doc, const CustomMetadata& custom);
Status remove_custom_values(Connection& db, std::int64_t doc);

}  // namespace rappel::sqlite
