// TextJudge: what a language model says about texts on their way into the store. Rules (text_metadata.h,
// personal_data.h) do not need it. Any thread may call it.
#pragma once

#include <cstddef>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "ingest/screen/screening.h"
#include "store/metadata.h"

namespace rappel {

class TextJudge {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{64} << 10;  // of a text that it screens

  virtual ~TextJudge() = default;
  // source, url, created_at and author, as far as the text states them; nothing else.
  virtual Result<Metadata> metadata(std::string_view text, const std::stop_token& cancel) = 0;
  virtual Result<bool> has_personal_data(std::string_view text, const std::stop_token& cancel) = 0;
};

// text_metadata(), with what the judge says in its place. A failure of the judge is a warning, and the rules
// alone count. `judge` may be null.
Metadata judged_metadata(std::string_view text, TextJudge* judge, const std::stop_token& cancel,
                         std::vector<std::string>& warnings);

// screen_text(), and then the judge is asked about what may be stored. A failure of the judge is a warning,
// and the rules alone count. kRedact hides what rules find, and warns if the judge finds more. `judge` may be
// null.
bool judged_screening(Screening screening, std::string& text, TextJudge* judge, const std::stop_token& cancel,
                      std::vector<std::string>& warnings);

}  // namespace rappel
