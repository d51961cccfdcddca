// MemoryShare: the memory of one object of a file that is read, counted in the ByteHold of the request. It is
// given back when the object ends. One thread at a time; the hold outlives it.
#pragma once

#include <cstddef>

#include "base/byte_budget.h"
#include "base/status.h"

namespace rappel {

// Takes so many bytes more for the content of a file; `memory` null: nothing is counted. kResourceExhausted,
// see is_lack_of_memory().
Status hold_for_file(ByteHold* memory, std::size_t bytes);

// Whether this is a failure of hold_for_file(). It fails the file, while content beyond ContentBounds is only
// left out. With the id "file-too-large" a retry does not help.
bool is_lack_of_memory(const Status& failure);

class MemoryShare {
 public:
  // `memory` null: nothing is counted. `taken`: bytes of it that are already those of the object.
  explicit MemoryShare(ByteHold* memory = nullptr, std::size_t taken = 0)
      : memory_(memory), taken_(taken), used_(taken) {}
  MemoryShare(MemoryShare&& other) noexcept;
  MemoryShare& operator=(MemoryShare&& other) noexcept;
  ~MemoryShare() { give_back(used_); }

  // So many bytes more or less. hold() takes in steps, because the budget has a lock. Errors as
  // hold_for_file().
  Status hold(std::size_t bytes);
  void give_back(std::size_t bytes);
  // So many in all.
  Status set(std::size_t bytes);
  // Leaves exactly what is used to the owner of the hold.
  void leave();
  std::size_t used() const { return used_; }

 private:
  void shrink(std::size_t to);

  ByteHold* memory_;
  std::size_t taken_, used_;  // of the memory; taken_ >= used_
};

}  // namespace rappel
