// Checkpoints: move pages from the log to the database. They are announced in the commit record, so that a
// start knows whether the database can be read without its log.
#pragma once

#include "base/status.h"

namespace rappel::sqlite {

class CommitRecord;
class Connection;

// kPassive waits for nobody. The others wait for the readers of older commits, as long as the connection
// waits for locks, so that the next commit begins at the log's start.
enum class Checkpoint { kPassive, kRestart, kTruncate };

// Moves the pages that no reader needs in the log. Not inside a transaction. The record covers every commit
// of which there are pages in the database. False: a reader or another process stood in the way.
Result<bool> checkpoint(Connection& db, CommitRecord& record, Checkpoint mode);

}  // namespace rappel::sqlite
