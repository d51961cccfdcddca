#include "chat/chat.h"

#include <fmt/format.h>

#include <utility>

#include "net/json_call.h"

namespace rappel {
namespace {

constexpr std::size_t kMostBytes = std::size_t{256} << 10;  // of a response
constexpr int kMostTokens = 300;                            // of an answer
constexpr const char* kPath = "/chat/completions";

std::string address_of(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url.ends_with(kPath) ? url : url + kPath;
}

const char* advice(Code code) {
  switch (code) {
    case Code::kUnauthenticated: return "; check RAPPEL_CHAT_KEY";
    case Code::kNotFound: return "; check RAPPEL_CHAT_URL and RAPPEL_CHAT_MODEL";
    case Code::kDeadlineExceeded: return "; RAPPEL_CHAT_TIMEOUT gives it more time";
    default: return "";
  }
}

Status failure_of(const Status& status) {
  if (status.code() == Code::kCancelled) return status;
  return Status(status.code(), "cannot ask the chat model: " + status.message() + advice(status.code()));
}

// From the first brace to the last one: models write words and code fences around their JSON.
Result<Json> object_in(const std::string& answer) {
  const std::size_t begin = answer.find('{'), end = answer.rfind('}');
  if (begin != std::string::npos && end != std::string::npos && begin < end)
    if (auto json = parse_json(answer.substr(begin, end - begin + 1)); json.ok() && json->is_object())
      return json;
  return Status(Code::kCorrupt, "the chat model answered without a JSON object");
}

}  // namespace

Chat::Chat(ChatSettings settings, HttpClientOptions network)
    : settings_(std::move(settings)), client_(std::move(network)) {}

Result<Json> Chat::ask(const std::string& instructions, const std::string& text,
                       const std::stop_token& cancel) {
  RAPPEL_ASSIGN(const std::string answer, complete(instructions, text, cancel));
  return object_in(answer);
}

Result<std::string> Chat::complete(const std::string& instructions, const std::string& text,
                                   const std::stop_token& cancel) {
  if (failures_ >= kGiveUpAfter)
    return Status(Code::kUnavailable,
                  fmt::format("the chat model is not asked any more, because it failed {} times in a row",
                              kGiveUpAfter));
  JsonCall call;
  call.url = address_of(settings_.url);
  call.body = Json{{"model", settings_.model},
                   {"messages", Json::array({{{"role", "system"}, {"content", instructions}},
                                             {{"role", "user"}, {"content", text}}})},
                   {"temperature", 0},
                   {"max_tokens", kMostTokens}};
  call.bearer_token = settings_.key;
  call.timeout = settings_.timeout;
  call.max_body = kMostBytes;
  call.retry = {.attempts = 2, .repeat_post = true};
  call.cancel = cancel;
  const auto response = call_json(client_, call);
  if (!response.ok()) {
    if (response.status().code() != Code::kCancelled) ++failures_;
    return failure_of(response.status());
  }
  failures_ = 0;
  const Json::json_pointer content("/choices/0/message/content");
  if (!response->contains(content) || !(*response)[content].is_string())
    return Status(Code::kCorrupt, "the chat model answered with something that is no chat completion");
  return (*response)[content].get<std::string>();
}

}  // namespace rappel
