#include "ingest/content/wire.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/utf8.h"

namespace rappel {
namespace {

constexpr std::size_t kHead = 5, kPiece = std::size_t{64} << 10;
// A block or an attachment of the largest size, and its names.
constexpr std::size_t kMostPayload = std::size_t{65} << 20;
enum Frame : char {
  kPart = 'P',
  kBlock = 'B',
  kProperty = 'M',
  kWarning = 'W',
  kAttachment = 'A',
  kEnd = 'E'
};

void put_number(std::string& out, std::uint32_t value) {
  char bytes[4];
  for (int i = 0; i < 4; ++i) bytes[i] = static_cast<char>(value >> (8 * i) & 0xFF);
  out.append(bytes, sizeof bytes);
}
void put_text(std::string& out, std::string_view text) {
  put_number(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

// The fields of a payload; after one that is missing everything is empty and sound() is false.
class Fields {
 public:
  explicit Fields(std::string_view payload) : left_(payload) {}

  std::uint32_t number() {
    const std::string_view bytes = take(4);
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
      value |= std::uint32_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    return value;
  }
  std::string_view bytes() { return take(number()); }
  std::string text() {
    const std::string_view text = bytes();
    return utf8_valid(text) ? std::string(text) : utf8_repair(text).text;
  }
  // An enumeration with values 0..last.
  template <class T>
  T choice(T last) {
    const std::uint32_t value = number();
    if (value > static_cast<std::uint32_t>(last)) sound_ = false;
    return sound_ ? static_cast<T>(value) : T{};
  }
  bool flag() { return choice(1) != 0; }
  bool sound() const { return sound_ && left_.empty(); }

 private:
  std::string_view take(std::size_t count) {
    if (count > left_.size()) {
      sound_ = false;
      left_ = {};
      return {};
    }
    const std::string_view taken = left_.substr(0, count);
    left_.remove_prefix(count);
    return taken;
  }

  std::string_view left_;
  bool sound_ = true;
};

Status not_a_stream() { return Status(Code::kCorrupt, "the program that reads files answered nonsense"); }

}  // namespace

Status ContentWriter::part(Part part) {
  RAPPEL_TRY(meter_.add_part(part.name.size()));
  std::string payload;
  put_number(payload, static_cast<std::uint32_t>(part.kind));
  put_number(payload, part.hidden ? 1 : 0);
  put_text(payload, part.name);
  return frame(kPart, payload);
}

Status ContentWriter::block(Block block) {
  RAPPEL_TRY(meter_.add_block(block.text.size()));
  std::string payload;
  payload.reserve(block.text.size() + 20);
  put_number(payload, static_cast<std::uint32_t>(block.kind));
  put_number(payload, block.header_row ? 1 : 0);
  put_number(payload, static_cast<std::uint32_t>(block.level));
  put_number(payload, block.row);
  put_text(payload, block.text);
  return frame(kBlock, payload);
}

Status ContentWriter::property(std::string_view name, std::string value) {
  if (!meter_.add_property()) return {};
  std::string payload;
  put_text(payload, name);
  put_text(payload, value);
  return frame(kProperty, payload);
}

Status ContentWriter::warning(std::string message) {
  if (!meter_.add_warning()) return {};
  std::string payload;
  put_text(payload, message);
  return frame(kWarning, payload);
}

Status ContentWriter::attachment(Attachment attachment) {
  RAPPEL_TRY(meter_.add_attachment(attachment.bytes.size()));
  std::string payload;
  payload.reserve(attachment.bytes.size() + 200);
  put_text(payload, attachment.name);
  put_text(payload, attachment.media_type);
  put_text(payload, attachment.author);
  put_text(payload, attachment.created_at);
  put_text(payload, attachment.bytes);
  return frame(kAttachment, payload);
}

Status ContentWriter::end(const Status& outcome) {
  std::string payload;
  put_number(payload, static_cast<std::uint32_t>(outcome.code()));
  put_text(payload, outcome.message());
  RAPPEL_TRY(frame(kEnd, payload));
  return flush();
}

Status ContentWriter::frame(char type, std::string_view payload) {
  if (payload.size() > kMostPayload) return Status(Code::kResourceExhausted, "the file has too large a part");
  buffer_ += type;
  put_text(buffer_, payload);
  return buffer_.size() < kPiece ? Status() : flush();
}

Status ContentWriter::flush() {
  const std::string bytes = std::exchange(buffer_, {});
  return write_(bytes);
}

Status ContentParser::add(std::string_view bytes) {
  const auto fill = [&](std::size_t size) {
    const std::size_t missing = std::min(size - frame_.size(), bytes.size());
    frame_ += bytes.substr(0, missing);
    bytes.remove_prefix(missing);
    return frame_.size() == size;
  };
  while (!bytes.empty()) {
    if (frame_.size() < kHead) {
      if (!fill(kHead)) return {};
      payload_ = Fields(std::string_view(frame_).substr(1)).number();
      if (outcome_ || payload_ > kMostPayload) return not_a_stream();
      if (payload_ > kPiece) RAPPEL_TRY(frame_memory_.hold(payload_));
      frame_.reserve(kHead + payload_);
    }
    if (!fill(kHead + payload_)) return {};
    frame_memory_.give_back(frame_memory_.used());
    RAPPEL_TRY(take());
    frame_.clear();
    if (frame_.capacity() > kPiece) frame_ = {};
  }
  return {};
}

Status ContentParser::take() {
  Fields fields(std::string_view(frame_).substr(kHead));
  switch (frame_[0]) {
    case kPart: {
      Part part;
      part.kind = fields.choice(PartKind::kMessage);
      part.hidden = fields.flag();
      part.name = fields.text();
      return fields.sound() ? sink_.part(std::move(part)) : not_a_stream();
    }
    case kBlock: {
      Block block;
      block.kind = fields.choice(BlockKind::kNote);
      block.header_row = fields.flag();
      block.level = static_cast<int>(fields.choice(std::uint32_t{1000}));
      block.row = fields.number();
      block.text = fields.text();
      return fields.sound() ? sink_.block(std::move(block)) : not_a_stream();
    }
    case kProperty: {
      const std::string name = fields.text();
      std::string value = fields.text();
      return fields.sound() ? sink_.property(name, std::move(value)) : not_a_stream();
    }
    case kWarning: {
      std::string message = fields.text();
      return fields.sound() ? sink_.warning(std::move(message)) : not_a_stream();
    }
    case kAttachment: {
      Attachment attachment;
      attachment.name = fields.text();
      attachment.media_type = fields.text();
      attachment.author = fields.text();
      attachment.created_at = fields.text();
      const std::size_t bytes = fields.bytes().size();  // the rest of the frame, which is not copied
      if (!fields.sound()) return not_a_stream();
      frame_.erase(0, frame_.size() - bytes);
      attachment.bytes = std::move(frame_);
      return sink_.attachment(std::move(attachment));
    }
    case kEnd: {
      const Code code = fields.choice(Code::kInternal);
      const std::string message = fields.text();
      if (!fields.sound()) return not_a_stream();
      outcome_ = code == Code::kOk ? Status() : Status(code, message);
      return {};
    }
    default: return not_a_stream();
  }
}

}  // namespace rappel
