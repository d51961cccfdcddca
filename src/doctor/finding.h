// Finding: what the doctor says about one trouble.
#pragma once

#include <string>
#include <vector>

namespace rappel {

struct Finding {
  enum class Level {
    kProblem,  // something does not work, or not as it should
    kAdvice,   // it works, and would be better, safer or faster otherwise; or a trouble that has passed
  };
  std::string name;  // "port-taken": stable, for programs
  Level level = Level::kProblem;
  std::string symptom;                // what its user sees
  std::string cause;                  // why
  std::vector<std::string> evidence;  // the lines and numbers that say so
  std::string remedy;                 // what to do
};

}  // namespace rappel
