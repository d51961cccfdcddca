// Zygote: the program rappel-extract as a server of processes. It has its libraries open and forks a child
// for each file, which costs a tenth of a start (extractor/zygote.h). ZygotePool has one for each file that
// is read at the same time.
//
// A zygote that dies takes its child with it. It dies when this process ends, however it ends.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/os/child.h"
#include "base/os/fd.h"
#include "base/status.h"

namespace rappel {

// The arguments after --zygote: a media type, and how its files are read.
using ZygoteKind = std::vector<std::string>;

// In place of a media type: for office documents, which are many and small. Their zygote is the program with
// "-office" after its name, which maps less; where there is none, the program itself.
inline constexpr const char* kOfficeZygote = "office";

class Zygote {
 public:
  // For files of the media type, and of those that need no library of their own. Errors as run_child().
  static Result<std::unique_ptr<Zygote>> start(const std::string& program, const ZygoteKind& kind);
  ~Zygote();  // kills it
  Zygote(const Zygote&) = delete;

  // Lets a child read `command.head` and `command.input`; the rest of the command is that of the zygote.
  // `file`: a descriptor that it gets with the first byte of the head; negative: none. As run_child(), but a
  // stop request kills at once, and ChildEnd has no errors. kUnavailable: the zygote is lost, and the file
  // may not have been read to its end. After a failure the zygote is of no use.
  Result<ChildEnd> read(const ChildCommand& command, const ChildOutput& output, const std::stop_token& stop,
                        int file = -1);

 private:
  Zygote(pid_t process, Fd control) : process_(process), control_(std::move(control)) {}

  const pid_t process_;
  Fd control_;
};

// Zygotes by kind. Safe to call from several threads.
class ZygotePool {
 public:
  // An idle zygote or a new one. Null: none can be started, or too many of the kind have died in a row; a
  // process per file does the same.
  std::unique_ptr<Zygote> take(const std::string& program, const ZygoteKind& kind);
  void give_back(const ZygoteKind& kind, std::unique_ptr<Zygote> zygote);  // one that has read a file
  void note_loss(const ZygoteKind& kind);                                  // one died

 private:
  struct State {
    std::vector<std::unique_ptr<Zygote>> idle;
    int losses = 0;  // in a row
  };
  std::mutex mutex_;
  std::map<ZygoteKind, State> kinds_;
};

}  // namespace rappel
