// Walk: the files below the paths that a user named.
//
// Rules:
//   - A named path may be a file, a folder or a link to either. A named file must be of a type that can be
//     ingested. A named path that does not exist and has * ? or [ in it is a glob (glob.h): files that match
//     are taken, and folders that match with everything in them.
//   - In a folder, hidden entries (".name") are left out, and so is everything that the files .gitignore and
//     .rappelignore of this folder, or of those between it and the named one, leave out (ignore_rules.h).
//     Rules in a link are not read. .rappelignore comes after .gitignore, so its lines win.
//   - NAME.meta.json beside a file NAME holds its metadata (given_metadata.h) and is no document.
//   - A link in a folder is followed only if its target lies inside the named folder, links resolved. Each
//     file and folder is taken once, so links cannot make a circle.
//   - FIFOs, sockets and devices are never opened.
//   - Types are decided by ingest/extract, from content and name. A name ending in .jsonl is a manifest.
// The walk reads the start of each file to see its type. Reads no more than that, changes nothing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ingest/extract/read_options.h"
#include "ingest/source/sent.h"

namespace rappel {

struct FoundFile {
  std::filesystem::path path;
  std::string name;  // relative to the named folder, '/' between parts, printable
  std::uint64_t bytes = 0;
  bool named = false;    // by the user, not found in a folder
  int stream = -1;       // read from this descriptor instead of `path`
  bool is_list = false;  // a manifest that is one JSON list instead of lines
  // A file that a client sent to a server; `name` is then only for reports. Never from a walk.
  std::shared_ptr<const SentFile> sent = nullptr;
};

// A path that is not ingested. `reason` is a whole message: "cannot read x.pdf: it is a PDF document ..".
struct SkippedPath {
  std::filesystem::path path;
  std::string kind;  // for counting: "hidden", "ignored", "other type", "link out of the folder", ..
  std::string reason;
};

struct FoundFiles {
  std::vector<FoundFile> manifests;   // .jsonl
  std::vector<FoundFile> texts;       // what ingest/extract reads
  std::vector<SkippedPath> skipped;   // found in folders; what was left out by a rule or is hidden last
  std::vector<std::string> problems;  // named paths and folders that cannot be read: whole messages
  std::vector<std::filesystem::path> folders;  // the named ones, links resolved, and those of globs
  std::vector<SentDocument> documents = {};    // that a client sent to a server; never from a walk
};

struct WalkOptions {
  // As lines of an ignore file in each named folder; they come before all others and also hold for named
  // files, by their last part.
  std::vector<std::string> exclude = {};
  ReadOptions reading = {};  // which types are taken
  bool ignore_files = true;  // false: .gitignore and .rappelignore are not read
  // The descriptor that the path "-" stands for, and its name, which decides its type; -1: "-" is a file.
  int standard_input = -1;
  std::string standard_input_name = {};
  // Files in folders for which it is false are left out, without a word: asked with the path, links resolved,
  // and with its path in the folder. Empty: all.
  std::function<bool(const std::filesystem::path&)> wanted = {};
};

// All lists are sorted by path.
FoundFiles find_files(const std::vector<std::string>& paths, const WalkOptions& options = {});

}  // namespace rappel
