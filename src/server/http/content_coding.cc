#include "server/http/content_coding.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "codec/inflate.h"

namespace rappel {
namespace {

using Reason = Refusal::Reason;

constexpr std::size_t kInputStep = std::size_t{64} << 10;

struct Coding {
  std::string_view name;
  Compression compression;
};
// x-gzip is the same (RFC 9110, 8.4.1.3).
constexpr Coding kCodings[] = {
    {"gzip", Compression::kGzip}, {"x-gzip", Compression::kGzip}, {"deflate", Compression::kDeflate}};

// The codings of the body in the order in which they were applied, without "identity".
std::vector<std::string> codings_of(const Headers& headers) {
  std::vector<std::string> found;
  for (std::string_view list : headers.all("content-encoding")) {
    while (!list.empty()) {
      const std::size_t comma = std::min(list.find(','), list.size());
      std::string name = lower_case(trimmed(list.substr(0, comma)));
      list.remove_prefix(std::min(comma + 1, list.size()));
      if (!name.empty() && name != "identity") found.push_back(std::move(name));
    }
  }
  return found;
}

const Coding* find_coding(std::string_view name) {
  for (const Coding& coding : kCodings)
    if (coding.name == name) return &coding;
  return nullptr;
}

// Takes what comes out of a body that has `coded` bytes.
class Decoded {
 public:
  Decoded(std::size_t coded, std::size_t limit, Body& body)
      : limit_(limit), bomb_(std::max(coded, kFreeBytes / kMaxRatio) * kMaxRatio), body_(body) {}

  Status add(std::string_view bytes) {
    size_ += bytes.size();
    if (size_ > limit_)
      return refuse(
          {Reason::kBodyTooLarge,
           fmt::format("The request's body is larger than {} bytes when it is decompressed", limit_)});
    if (size_ > bomb_)
      return refuse({Reason::kBodyTooLarge,
                     fmt::format("The request's body is more than {} times larger when it is decompressed; "
                                 "send it uncompressed",
                                 kMaxRatio)});
    if (!body_.append(bytes)) return refuse(no_room_refusal(kRetrySeconds));
    return body_.wants_write() ? body_.write_out() : Status();
  }
  const std::optional<Refusal>& refusal() const { return refusal_; }

 private:
  Status refuse(Refusal refusal) {
    refusal_ = std::move(refusal);
    return Status(Code::kResourceExhausted, "refused");
  }

  const std::size_t limit_, bomb_;
  Body& body_;
  std::size_t size_ = 0;
  std::optional<Refusal> refusal_;
};

Status decode(const Body& coded, Compression compression, Decoded& decoded) {
  Inflate inflate(compression);
  const std::string_view bytes = coded.bytes();
  for (std::size_t at = 0; at < bytes.size(); at += kInputStep) {
    const std::string_view step = bytes.substr(at, kInputStep);
    RAPPEL_TRY(inflate.add(step, [&](std::string_view part) { return decoded.add(part); }));
    if (coded.file() != nullptr) coded.file()->release(step);
  }
  return inflate.finish();
}

}  // namespace

std::optional<Refusal> refuse_coding(const Headers& headers) {
  const auto codings = codings_of(headers);
  if (codings.empty() || (codings.size() == 1 && find_coding(codings.front()) != nullptr))
    return std::nullopt;
  return Refusal{
      Reason::kContentCoding,
      fmt::format("The Content-Encoding of this request is not supported; supported are {}, one at a time",
                  kAcceptedCodings)};
}

std::optional<Refusal> decode_body(const Headers& headers, std::size_t limit, std::shared_ptr<Body>& body) {
  const auto codings = codings_of(headers);
  const Coding* coding = codings.size() == 1 ? find_coding(codings.front()) : nullptr;
  if (coding == nullptr || body->size() == 0) return std::nullopt;
  auto result = body->another();
  Decoded decoded(body->size(), limit, *result);
  Status status = decode(*body, coding->compression, decoded);
  if (status.ok()) status = result->complete();
  if (decoded.refusal()) return decoded.refusal();
  if (status.ok() && body->file() != nullptr) status = body->file()->check();
  if (!status.ok()) return body_refusal(status);
  body = std::move(result);
  return std::nullopt;
}

}  // namespace rappel
