// Killers: files that have killed the processes that read them, by hash. Safe to call from several threads.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace rappel {

class MappedFile;

class Killers {
 public:
  // The reason if the file has killed two processes, and is refused.
  // `file` may hold the bytes (content_hash.h).
  std::optional<std::string> refused(std::string_view bytes, const MappedFile* file = nullptr);
  // It has killed one.
  void add(std::string_view bytes, const std::string& reason, const MappedFile* file = nullptr);

 private:
  bool is_empty();

  struct Killer {
    int deaths = 0;
    std::string reason;
  };
  std::mutex mutex_;
  std::map<std::string, Killer> killers_;
};

}  // namespace rappel
