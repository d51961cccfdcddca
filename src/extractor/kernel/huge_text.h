// Huge text: the code of this program in huge pages of its own instead of pages of its file. A process that
// forks shares a huge page with its child by one entry of a table, while each 64 KiB of a file that the child
// comes to cost it a fault. Debuggers and profilers find no names for this code.
#pragma once

namespace rappel::extractor {

// Before the sandbox is closed. False: nothing is changed, because this program is not linked for it
// (office.cmake), or the kernel gives no huge pages.
bool move_code_to_huge_pages();

}  // namespace rappel::extractor
