// The tables of rappel.db (docs/storage.md is their page), and how a file is recognised as ours. The tables
// below are those of version 1; migrations.h leads from there to today's.
#pragma once

#include <cstdint>

#include "base/status.h"
#include "store/model_identity.h"

namespace rappel::sqlite {

class Connection;

constexpr std::size_t kPageBytes = 4096;             // of every store
constexpr std::int64_t kApplicationId = 0x5261706c;  // "Rapl"

// Whether the database has nothing in it yet: a store that is being made, or whose making was cut off.
Result<bool> is_fresh(Connection& db);
// Creates the tables in an empty file, or checks that the file is a store of this version made with this
// model. kFailedPrecondition: another program's database, a newer version, another model.
Status prepare_schema(Connection& db, const ModelIdentity& model);
// The same checks of a file that has its tables; nothing is written. Dimension 0: any model.
Status check_schema(Connection& db, const ModelIdentity& model);

// The dimension of the stored vectors. kCorrupt.
Result<int> read_dimension(Connection& db);

// The one row of table `state`, which every change rewrites.
struct State {
  std::int64_t commit = 0;     // grows by one with each change
  std::int64_t next_row = 1;   // rows below it were given away; none is given twice
  std::int64_t log_floor = 0;  // `removed` and `changed` are complete for the commits after it
  std::int64_t documents = 0;
  std::int64_t chunks = 0;
  std::int64_t weighted = 0;  // chunks that have a row in table `sparse`
};
Result<State> read_state(Connection& db);
Status write_state(Connection& db, const State& state);

}  // namespace rappel::sqlite
