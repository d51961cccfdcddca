// Walk: the files below the paths that a user named.
//
// Rules:
//   - A named path may be a file, a folder or a link to either. A named file must be of a type that can be
//     ingested.
//   - In a folder, hidden entries (".name") are left out.
//   - A link in a folder is followed only if its target lies inside the named folder, links resolved. Each
//   file
//     and folder is taken once, so links cannot make a circle.
//   - FIFOs, sockets and devices are never opened.
//   - Types are decided by ingest/extract, from content and name. A name ending in .jsonl is a manifest.
// The walk reads the start of each file to see its type. Reads no more than that, changes nothing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace rappel {

struct FoundFile {
  std::filesystem::path path;
  std::string name;  // relative to the named folder, '/' between parts, printable
  std::uint64_t bytes = 0;
  bool named = false;  // by the user, not found in a folder
};

// A path that is not ingested. `reason` is a whole message: "cannot read x.pdf: it is a PDF document ..".
struct SkippedPath {
  std::filesystem::path path;
  std::string kind;  // for counting: "hidden", "other type", "link out of the folder", ..
  std::string reason;
};

struct FoundFiles {
  std::vector<FoundFile> manifests;   // .jsonl
  std::vector<FoundFile> texts;       // what ingest/extract reads
  std::vector<SkippedPath> skipped;   // found in folders; hidden entries last
  std::vector<std::string> problems;  // named paths and folders that cannot be read: whole messages
};

// All lists are sorted by path.
FoundFiles find_files(const std::vector<std::string>& paths);

}  // namespace rappel
