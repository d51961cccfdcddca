// rappel-extract-office: the zygote of rappel-extract for office documents (extractor/zygote.h). A program of
// its own, because every library that it does not need would make the fork for each file dearer. Its
// arguments are those of rappel-extract, which does the same.
#include "base/os/allocator.h"
#include "extractor/answer.h"
#include "extractor/kernel/huge_text.h"
#include "extractor/office/office_readers.h"

int main() {
  using namespace rappel::extractor;
  rappel::keep_freed_memory();
  rappel::reserve_heap(std::size_t{4} << 20, rappel::Pages::kSmall);
  move_code_to_huge_pages();
  Sandbox sandbox;
  sandbox.close_files();
  return answer_as_zygote(sandbox, {find_office_reader});
}
