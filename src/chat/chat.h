// Chat: one question to a language model, over the chat completions API that OpenAI defined and many servers
// have (llama.cpp, vLLM, Ollama).
//
// Time and size of an answer are bounded. After kGiveUpAfter failures in a row the endpoint is not asked
// again, so that a dead one does not cost its time limit for each text. The key is sent to the origin of the
// address only and is in no message. Any thread may call it.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <stop_token>
#include <string>

#include "base/status.h"
#include "codec/json.h"
#include "net/http_client.h"

namespace rappel {

struct ChatSettings {
  std::string url;    // up to the version: "https://api.openai.com/v1"; ".../chat/completions" is taken too
  std::string model;  // as the endpoint calls it
  std::string key;    // "" sends none
  std::chrono::milliseconds timeout{30'000};  // of one question, repetitions included
};

class Chat {
 public:
  static constexpr int kGiveUpAfter = 3;

  Chat(ChatSettings settings, HttpClientOptions network);

  // The JSON object that the model answers; text around it is ignored. kUnavailable, kUnauthenticated and
  // others of net/json_call.h: no answer. kCorrupt: an answer without one. Messages have no cause and nothing
  // of the texts.
  Result<Json> ask(const std::string& instructions, const std::string& text, const std::stop_token& cancel);

 private:
  Result<std::string> complete(const std::string& instructions, const std::string& text,
                               const std::stop_token& cancel);

  const ChatSettings settings_;
  const HttpClient client_;
  std::atomic<int> failures_ = 0;  // in a row
};

}  // namespace rappel
