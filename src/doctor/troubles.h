// Troubles: what messages mean. One table of the words by which a message of the server, of a library, of
// systemd or of the kernel is known, with its symptom, its cause and what to do; for lines of a log as for
// what a look finds now.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "doctor/finding.h"

namespace rappel {

struct Trouble {
  const char* name;
  const char* signs;  // any of these words, separated by |; `..` within one stands for any others
  const char* symptom;
  const char* cause;
  const char* remedy;
  bool seen_now = false;  // whether it is still so is looked at: a log alone may speak of what has passed
};

std::span<const Trouble> trouble_table();
// The first of the table that the message shows a sign of; null when it is none.
const Trouble* trouble_of(std::string_view message);
bool has_sign(std::string_view message, const Trouble& trouble);
// By its name, which must be in the table.
const Trouble& trouble_named(std::string_view name);
Finding of_trouble(const Trouble& trouble, std::string evidence,
                   Finding::Level level = Finding::Level::kProblem);

}  // namespace rappel
