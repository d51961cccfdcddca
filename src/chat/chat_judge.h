// ChatJudge: metadata and personal data of texts, as a chat model finds them.
//
// The model reads the beginning of a text. Its answer is checked: metadata have the types and bounds of those
// that rules find, and url, author and the year of the date must occur in what it has read, so that invented
// values are dropped.
#pragma once

#include "chat/chat.h"
#include "ingest/screen/text_judge.h"

namespace rappel {

class ChatJudge final : public TextJudge {
 public:
  ChatJudge(ChatSettings settings, HttpClientOptions network)
      : chat_(std::move(settings), std::move(network)) {}

  // Reads the first 8 KiB.
  Result<Metadata> metadata(std::string_view text, const std::stop_token& cancel) override;
  // Reads the first kMostBytes, in pieces of 16 KiB; true at the first piece that has some.
  Result<bool> has_personal_data(std::string_view text, const std::stop_token& cancel) override;

 private:
  Chat chat_;
};

}  // namespace rappel
