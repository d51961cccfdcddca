#include "cli/check_steps.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>

#include "cli/help.h"

namespace rappel {
namespace {

TEST(CheckSteps, TableIsSound) {
  std::set<std::string_view> names;
  for (const CheckStep& step : check_steps()) {
    EXPECT_TRUE(names.insert(step.name).second) << step.name;
    EXPECT_NE(*step.about, '\0') << step.name;
    EXPECT_NE(step.run, nullptr) << step.name;
  }
  EXPECT_FALSE(names.empty());
}

// The help wraps its lines.
std::string in_one_line(std::string text) {
  for (char& c : text)
    if (c == '\n') c = ' ';
  return text;
}

TEST(CheckSteps, HelpNamesEveryStep) {
  const std::string help = in_one_line(command_help(*find_command("check"), {}));
  EXPECT_NE(help.find(std::to_string(check_steps().size()) + " steps: "), std::string::npos);
  for (const CheckStep& step : check_steps())
    EXPECT_NE(help.find(step.about), std::string::npos) << step.about;
  EXPECT_EQ(help.find('{'), std::string::npos);
}

// The first column of the table in the section of `rappel check`.
std::string documented_steps() {
  std::ifstream file("docs/command-line.md");
  std::string line, found;
  bool inside = false;
  while (std::getline(file, line)) {
    if (line.starts_with("## ")) inside = line == "## `rappel check`";
    if (inside && line.starts_with("| ")) found += line.substr(2, line.find(" |") - 2) + ", ";
  }
  return found;
}

TEST(CheckSteps, DocumentationHasARowForEveryStep) {
  const std::string documented = ", " + documented_steps();
  for (const CheckStep& step : check_steps())
    EXPECT_NE(documented.find(std::string(", ") + step.name + ", "), std::string::npos)
        << step.name << " is not in the table of docs/command-line.md: " << documented;
}

}  // namespace
}  // namespace rappel
