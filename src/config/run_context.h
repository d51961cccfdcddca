// RunContext: the settings in force for one command and where its log goes. It has no arguments and no
// streams: those belong to the command line (cli/command.h), so the parts below it can be run and tested
// without a console.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/status.h"
#include "config/options.h"

namespace rappel {

struct RunContext {
  Options options;
  Environment variables;    // environment over env file, for values outside the table (proxies, certificates)
  Environment environment;  // of the process alone
  Logger* logger = nullptr;
  std::string settings_file;  // absolute path of the settings file that was read; empty: none
  std::map<std::string, EnvEntry> settings_entries;  // its assignments
  // doctor: problems of the settings file and of the values. check: why serve would refuse the settings.
  std::vector<Status> setting_problems;
  // The same command's settings, resolved again: the settings file is read again; flags and environment are
  // those of the start.
  std::function<Result<Options>()> reread = {};
};

}  // namespace rappel
