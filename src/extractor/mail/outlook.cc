#include "extractor/mail/outlook.h"

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <utility>

#include "base/ascii.h"
#include "base/timestamp.h"
#include "base/utf8.h"
#include "extractor/mail/compressed_rtf.h"
#include "extractor/mail/mail_head.h"
#include "extractor/mail/outlook_properties.h"
#include "extractor/plain/encoding.h"
#include "extractor/plain/lines.h"
#include "extractor/rtf/rtf.h"
#include "extractor/web/html.h"

namespace rappel::extractor {
namespace {

using Owner = OutlookProperties::Owner;

constexpr int kDepth = 3;           // of messages in messages
constexpr int kMostMessages = 200;  // in one file
constexpr std::size_t kLongestList = 2000, kMostRtf = std::size_t{32} << 20;
constexpr std::uint64_t kTo = 1, kCc = 2;
// Numbers of properties.
constexpr std::uint16_t kClass = 0x001A, kSubject = 0x0037, kSent = 0x0039, kReceiverType = 0x0C15,
                        kSenderName = 0x0C1A, kSenderAddress = 0x0C1F, kShownCc = 0x0E03, kShownTo = 0x0E04,
                        kReceived = 0x0E06, kBody = 0x1000, kRtf = 0x1009, kHtml = 0x1013, kName = 0x3001,
                        kAddress = 0x3003, kSmtp = 0x39FE, kData = 0x3701, kShortFile = 0x3704,
                        kFile = 0x3707, kFileType = 0x370E, kHtmlCodePage = 0x3FDE, kCodePage = 0x3FFD,
                        kSenderSmtp = 0x5D01, kHidden = 0x7FFE;

std::string encoding_of(std::uint64_t code_page) {
  switch (code_page) {
    case 0: return "";
    case 932: return "shift_jis";
    case 936: return "gb18030";
    case 949: return "euc-kr";
    case 950: return "big5";
    case 20866: return "koi8-r";
    case 50220: return "iso-2022-jp";
    case 51932: return "euc-jp";
    case 54936: return "gb18030";
    case 65001: return "utf-8";
    default: break;
  }
  if (code_page > 28590 && code_page < 28606) return fmt::format("iso-8859-{}", code_page - 28590);
  return fmt::format("windows-{}", code_page);
}

// Hundreds of nanoseconds since 1601. "" for none, and for years that RFC 3339 does not have.
std::string date_of(std::uint64_t filetime) {
  constexpr std::uint64_t kUnix = 116'444'736'000'000'000, kYear9999 = 2'650'467'743'990'000'000;
  if (filetime == 0 || filetime > kYear9999) return "";
  const auto seconds = (static_cast<std::int64_t>(filetime) - static_cast<std::int64_t>(kUnix)) / 10'000'000;
  std::string date =
      format_timestamp_utc(std::chrono::system_clock::time_point(std::chrono::seconds(seconds)));
  return date.substr(0, date.find('.')) + "Z";  // without microseconds
}

std::string with_address(std::string name, const std::string& address) {
  if (address.find('@') == std::string::npos || name == address) return name;
  return name.empty() ? address : fmt::format("{} <{}>", name, address);
}

class OutlookMessage {
 public:
  OutlookMessage(const CompoundFile& file, ContentSink& sink) : file_(file), sink_(sink) {}

  Status give(std::size_t storage, Owner owner, int depth) {
    if (++messages_ > kMostMessages) return sink_.warning("messages in the message are left out");
    const OutlookProperties message(file_, storage, owner);
    const std::string encoding = encoding_of(message.number(kCodePage));
    const MailHead head = head_of(message, encoding);
    RAPPEL_TRY(give_mail_head(head, owner == Owner::kMessage, sink_));
    RAPPEL_TRY(give_body(message, encoding));
    for (const std::size_t attachment : message.attachments())
      RAPPEL_TRY(give_attachment(OutlookProperties(file_, attachment, Owner::kOther), encoding, head, depth));
    return {};
  }

 private:
  MailHead head_of(const OutlookProperties& message, const std::string& encoding) const {
    std::string address = message.text(kSenderSmtp, encoding);
    if (address.empty()) address = message.text(kSenderAddress, encoding);
    std::uint64_t time = message.number(kSent);
    if (time == 0) time = message.number(kReceived);
    const std::string date = date_of(time);
    return {.subject = std::string(trim(message.text(kSubject, encoding))),
            .from = with_address(message.text(kSenderName, encoding), address),
            .to = receivers_of(message, encoding, kTo, kShownTo),
            .cc = receivers_of(message, encoding, kCc, kShownCc),
            .date = date,
            .created_at = date};
  }

  std::string receivers_of(const OutlookProperties& message, const std::string& encoding, std::uint64_t type,
                           std::uint16_t shown) const {
    std::string list;
    for (const std::size_t storage : message.receivers()) {
      const OutlookProperties receiver(file_, storage, Owner::kOther);
      if ((receiver.number(kReceiverType) & 0xF) != type) continue;
      std::string address = receiver.text(kSmtp, encoding);
      if (address.empty()) address = receiver.text(kAddress, encoding);
      const std::string one = with_address(receiver.text(kName, encoding), address);
      if (list.size() + one.size() > kLongestList) break;
      list += (list.empty() ? "" : ", ") + one;
    }
    if (list.empty()) list = message.text(shown, encoding);
    list.resize(utf8_valid_prefix(std::string_view(list).substr(0, kLongestList)));
    return list;
  }

  Status give_body(const OutlookProperties& message, const std::string& encoding) {
    const std::string plain = message.text(kBody, encoding);
    if (!is_blank(plain)) return give_paragraphs(plain, BlockKind::kParagraph, sink_);
    const std::string html_encoding = encoding_of(message.number(kHtmlCodePage));
    const std::string html = message.text(kHtml, html_encoding.empty() ? encoding : html_encoding);
    if (!is_blank(html)) return give_html(html, {.main_text = false, .properties = false}, sink_);
    const std::string rtf = uncompressed_rtf(message.bytes(kRtf), kMostRtf);
    if (!rtf.empty()) return read_rtf({rtf}, sink_);
    if (lower_case(message.text(kClass, encoding)).find("smime") == std::string::npos) return {};
    return sink_.warning("the mail is encrypted or signed as a whole; its text is left out");
  }

  Status give_attachment(const OutlookProperties& attachment, const std::string& encoding,
                         const MailHead& head, int depth) {
    if (const auto inner = attachment.object(kData)) {
      if (depth == 0) return sink_.warning("messages are nested too deep; some are left out");
      const OutlookProperties probe(file_, *inner, Owner::kInnerMessage);
      return probe.bytes(kClass).empty() ? Status() : give(*inner, Owner::kInnerMessage, depth - 1);
    }
    std::string name = attachment.text(kFile, encoding);
    if (name.empty()) name = attachment.text(kShortFile, encoding);
    if (name.empty()) name = attachment.text(kName, encoding);
    std::string bytes = attachment.bytes(kData);
    if (bytes.empty() || attachment.number(kHidden) != 0) return {};  // hidden: a picture of the text
    if (name.empty()) name = "attachment";
    return sink_.attachment({.name = std::move(name),
                             .media_type = lower_case(attachment.text(kFileType)),
                             .bytes = std::move(bytes),
                             .author = head.from,
                             .created_at = head.created_at});
  }

  const CompoundFile& file_;
  ContentSink& sink_;
  int messages_ = 0;
};

}  // namespace

bool is_outlook_message(const CompoundFile& file) {
  return file.find(CompoundFile::kRoot, "__properties_version1.0").has_value();
}

Status read_outlook_message(const CompoundFile& file, ContentSink& sink) {
  return OutlookMessage(file, sink).give(CompoundFile::kRoot, Owner::kMessage, kDepth);
}

}  // namespace rappel::extractor
