// Copies of damaged files, kept beside them for inspection.
#pragma once

#include <filesystem>

#include "base/status.h"

namespace rappel::sqlite {

class Connection;

// FILE.damaged-TIME, with a number if two copies fall into one second.
std::filesystem::path damaged_copy_name(const std::filesystem::path& file);

// The database's file, byte for byte, through the connection: opening and closing it a second time would end
// this process's locks on it. The connection ignores seals, and its log is empty. Under its name the copy is
// whole.
Status keep_damaged_database(Connection& db, const std::filesystem::path& copy);

}  // namespace rappel::sqlite
