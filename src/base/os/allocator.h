// Requests of this process to its allocator, so that memory of a burst goes back to the system. glibc only;
// elsewhere nothing is asked.
#pragma once

namespace rappel {

// Blocks of a megabyte and more then come from the system and go back to it as soon as they are freed. Once,
// before threads start.
void prepare_allocator();

// Keeps what is freed, for a process that ends soon: pages are not taken from the system twice.
void keep_freed_memory();

// Gives back what is free in the heaps of all threads. Takes milliseconds; for the end of large work.
void return_free_memory();

}  // namespace rappel
