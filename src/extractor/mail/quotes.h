// Quotes: what a mail repeats of the mails that it answers, in lines that begin with ">".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>

#include "ingest/content/content.h"

namespace rappel::extractor {

// Lines that end in a blank go on in the next one of the same quote (format=flowed, RFC 3676).
std::string unflowed(std::string_view text);

// Gives the texts of the mails of a file: the words of the sender as paragraphs, quotes as notes without
// their marks. A quote of a mailbox whose words an earlier mail of it has is left out, so that a thread holds
// each text once.
class QuoteFolder {
 public:
  explicit QuoteFolder(bool mailbox) : mailbox_(mailbox) {}
  Status give(std::string_view text, ContentSink& sink);

 private:
  Status give_own(std::string_view text, ContentSink& sink);
  bool knows(std::string_view quote) const;

  const bool mailbox_;
  std::unordered_set<std::uint64_t> known_;  // hashes of runs of words that senders wrote
};

}  // namespace rappel::extractor
