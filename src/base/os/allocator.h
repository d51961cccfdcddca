// Requests of this process to its allocator, so that memory of a burst goes back to the system. glibc only;
// elsewhere nothing is asked.
#pragma once

#include <cstddef>

namespace rappel {

// Blocks of a megabyte and more then come from the system and go back to it as soon as they are freed. Once,
// before threads start.
void prepare_allocator();

// Keeps what is freed, for a process that ends soon: pages are not taken from the system twice.
void keep_freed_memory();

// Lets the heap grow by so many bytes, at most 32 MiB, after keep_freed_memory(), for processes that this one
// forks. With huge pages (Linux) one that uses megabytes gets them in a few steps instead of hundreds; each
// step costs as much as thirty small pages.
enum class Pages { kSmall, kHuge };
void reserve_heap(std::size_t bytes, Pages pages);

// Gives back what is free in the heaps of all threads. Takes milliseconds; for the end of large work.
void return_free_memory();

}  // namespace rappel
