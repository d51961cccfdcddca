// Rules: from evidence to findings. Each rule is a small function that looks at one thing; rules.cc
// lists them.
#pragma once

#include <vector>

#include "doctor/evidence.h"
#include "doctor/finding.h"

namespace rappel {

// Compares the log with the findings of the other rules. Evidence for a trouble that was found already is
// added to it; a trouble that has passed becomes advice.
void diagnose_log(const Evidence& evidence, std::vector<Finding>& findings);

// All rules and the log. Problems first; one finding for each trouble, with the evidence of every rule that
// saw it.
std::vector<Finding> diagnose(const Evidence& evidence);

}  // namespace rappel
