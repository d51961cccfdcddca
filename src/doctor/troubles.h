// Troubles: the table of faults that the doctor can explain, each with its symptom, its cause and its remedy.
//
// The server names its own faults by a stable id (Status::with_id, fault_mark), so the doctor never depends
// on the wording of a message. Text patterns remain for what others write: the kernel, systemd, drivers and
// the system's libraries. tests/error_ids_test.py checks that the ids in this table and the ids in src/
// agree.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "doctor/finding.h"

namespace rappel {

struct Trouble {
  const char* name;  // the id of the fault, and of the finding
  const char* symptom;
  const char* cause;
  const char* remedy;
  const char* signs = "";  // words of the kernel, systemd, a driver or a library, separated by |
  bool own = true;         // rappel reports it with its id; false: only the signs tell
  bool seen_now = false;   // the rules look whether it holds now; a log line may be about the past
};

std::span<const Trouble> trouble_table();

// The fault that a message is about: the last of its ids that the table has, else the first of the table with
// a sign in the message; null when there is neither.
const Trouble* trouble_of(std::string_view message);

// Whether the message carries the id.
bool has_id(std::string_view message, std::string_view id);

// By its name, which must be in the table.
const Trouble& trouble_named(std::string_view name);

Finding of_trouble(const Trouble& trouble, std::string evidence,
                   Finding::Level level = Finding::Level::kProblem);

}  // namespace rappel
