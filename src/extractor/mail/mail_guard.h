// A first pass over mails, so that no mail makes GMime slow, large or deep in recursion.
//
// Leaves out headers of addresses that are very long or have very many groups, and what comes after very many
// headers or parts. Mails as people send them stay as they are.
#pragma once

#include <string>
#include <string_view>

namespace rappel::extractor {

struct GuardedMail {
  std::string copy;        // used if something was left out
  std::string_view bytes;  // the mail as given, or the copy
  bool cut = false;        // something was left out
};

// The result may view `bytes`.
GuardedMail guard_mail(std::string_view bytes);

}  // namespace rappel::extractor
