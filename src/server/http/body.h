// Body: the bytes of a request's body, in memory or, beyond kBodyInMemory bytes, in a private file without a
// name (base/os/scratch_file.h), where the route allows that.
//
// Bytes are counted as they arrive, not as the header announces them: those in memory by one hold, those in
// the file by another. append() never waits; write_out() moves what is in memory to the file, on a thread
// that may wait for the disk. One thread at a time.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/byte_budget.h"
#include "base/os/scratch_file.h"
#include "base/status.h"
#include "server/http/refusal.h"

namespace rappel {

inline constexpr std::size_t kBodyInMemory = std::size_t{1} << 20;

// A body that lies in a file, mapped. Pages that were looked at count as memory of this process until they
// are released; the system can take them back at any time.
class BodyFile {
 public:
  explicit BodyFile(std::shared_ptr<const MappedFile> mapped) : mapped_(std::move(mapped)) {}
  std::string_view bytes() const {
    return {reinterpret_cast<const char*>(mapped_->bytes().data()), mapped_->bytes().size()};
  }
  const MappedFile& file() const { return *mapped_; }
  void release(std::string_view part) const { mapped_->release(std::as_bytes(std::span(part))); }
  // As MappedFile::check(): ask after reading.
  Status check() const { return mapped_->check(); }

 private:
  std::shared_ptr<const MappedFile> mapped_;
};

class Body {
 public:
  // A body in memory.
  Body(ByteBudget* memory, std::string caller) : caller_(std::move(caller)), memory_(memory, caller_) {}
  // One that may lie in a file of `folder`, which is made if it is missing.
  Body(ByteBudget* memory, ByteBudget* disk, std::string caller, std::filesystem::path folder)
      : caller_(std::move(caller)),
        memory_(memory, caller_),
        disk_(disk, caller_),
        folder_(std::move(folder)) {}
  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;
  // An empty one with the same budgets and folder.
  std::shared_ptr<Body> another() const;

  // False: the budget or the machine has no room for the bytes in memory.
  bool append(std::string_view bytes);
  bool wants_write() const { return !folder_.empty() && text_.size() >= kBodyInMemory; }
  // kResourceExhausted: the budget of files is used up. kUnavailable: the disk.
  Status write_out();

  std::size_t size() const { return text_.size() + (file_ ? static_cast<std::size_t>(file_->size()) : 0); }
  // After the last append: moves the rest to the file, if there is one, and maps it. Errors as write_out().
  Status complete();
  // The bytes after complete(); valid while the object lives.
  std::string_view bytes() const { return mapped_ ? mapped_->bytes() : text_; }
  const BodyFile* file() const { return mapped_ ? &*mapped_ : nullptr; }

  ByteHold& memory() { return memory_; }
  // Frees everything.
  void clear();

 private:
  const std::string caller_;
  ByteHold memory_, disk_;
  std::filesystem::path folder_;  // empty: there is no file
  std::string text_;
  std::optional<ScratchFile> file_;
  std::optional<BodyFile> mapped_;
};

// The refusal for a failure of a Body.
Refusal body_refusal(const Status& failure);

}  // namespace rappel
