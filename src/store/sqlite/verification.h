// Compares what the database holds twice: indexes with tables, counts with rows, words with texts. Checksums
// show that bytes changed; these comparisons also show a page that is older than the others.
#pragma once

#include <filesystem>

#include "base/status.h"
#include "store/store_report.h"

namespace rappel::sqlite {

class Connection;

// Every page of the database file, row, index entry and word. Other processes may go on reading and writing
// meanwhile, but a writer waits while the words are compared.
void verify_database(Connection& db, StoreReport& report);

}  // namespace rappel::sqlite
