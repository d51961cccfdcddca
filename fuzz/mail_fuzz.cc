// Tests the reader of mailboxes and mails (extractor/mail).
#include <cstddef>
#include <cstdint>

#include "extractor/mail/mail.h"
#include "fuzz/reader_run.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  run_reader(rappel::extractor::read_mail, {reinterpret_cast<const char*>(data), size});
  return 0;
}
