// Private files: what a server keeps for its clients beside its store. Files have mode 0600, links are not
// followed.
//
// Errors: kUnavailable, [disk-full] where the disk has no room; kFailedPrecondition as told below.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/os/fd.h"
#include "base/status.h"

namespace rappel {

// A new file with these bytes, on disk when it returns. `passed` is told of each piece that was written; may
// be empty.
Status write_private_file(const std::filesystem::path& path, std::string_view bytes,
                          const std::function<void(std::string_view)>& passed = {});

// Adds whole lines to a file, which is made if it is missing. A line that a crash has cut does not swallow
// the first of them. `sync`: they are on disk when it returns.
Status append_private_lines(const std::filesystem::path& path, const std::string& lines, bool sync);

// Makes the folder (mode 0700) and takes it for this process; the lock ends with the descriptor.
// kFailedPrecondition: another process has it. `what` completes "another server works on".
Result<Fd> take_private_folder(const std::filesystem::path& folder, std::string_view what);

// The folder ROOT/NAME with what `write` puts into it: all of it, on disk, or nothing. While it is made or
// removed its name begins with a dot.
Status make_whole_folder(const std::filesystem::path& root, const std::string& name,
                         const std::function<Status(const std::filesystem::path& folder)>& write);
// Gone from one moment to the next; failures leave it where it is.
void remove_whole_folder(const std::filesystem::path& root, const std::string& name);
// Removes what a crash left in the middle of the two.
void remove_unfinished_folders(const std::filesystem::path& root);

}  // namespace rappel
