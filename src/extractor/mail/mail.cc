#include "extractor/mail/mail.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/utf8.h"
#include "extractor/mail/mail_guard.h"
#include "extractor/mail/mail_head.h"
#include "extractor/mail/mail_header.h"
#include "extractor/mail/mail_tree.h"
#include "extractor/mail/quotes.h"
#include "extractor/plain/encoding.h"
#include "extractor/plain/lines.h"
#include "extractor/web/html.h"
#include "extractor/web/xml_text.h"

namespace rappel::extractor {
namespace {

constexpr std::size_t kLongestList = 2000;  // of receivers

// In a mailbox a line of text that begins with "From " has a > before it, one more if it had some.
std::string unquoted(std::string_view text) {
  std::string out;
  Lines lines(text);
  for (std::string_view line; lines.next(line);) {
    const std::size_t marks = std::min(line.find_first_not_of('>'), line.size());
    if (marks > 0 && line.substr(marks).starts_with("From ")) line.remove_prefix(1);
    out.append(line) += '\n';
  }
  return out;
}

class Mail {
 public:
  Mail(const MailParts& parts, bool mailbox, QuoteFolder& quotes, ContentSink& sink)
      : parts_(parts), head_(head()), mailbox_(mailbox), quotes_(quotes), sink_(sink) {}

  Status read() {
    RAPPEL_TRY(give_mail_head(head_, !mailbox_, sink_));
    return give(0);
  }

 private:
  std::string decoded(std::string_view name) const {
    std::string value = decode_header(parts_[0].header(name));
    if (value.size() <= kLongestList) return value;
    std::size_t end = value.rfind(' ', kLongestList);
    if (end == std::string::npos) end = utf8_valid_prefix(std::string_view(value).substr(0, kLongestList));
    value.resize(end);
    return value;
  }

  MailHead head() const {
    std::string date = decoded("date");
    std::string time = mail_time(date);
    return {.subject = decoded("subject"),
            .from = decoded("from"),
            .to = decoded("to"),
            .cc = decoded("cc"),
            .date = std::move(date),
            .created_at = std::move(time)};
  }

  bool is_multipart(std::size_t i) const { return parts_[i].type.starts_with("multipart/"); }

  std::string file_name(std::size_t i) const {
    std::string name = header_parameter(parts_[i].header("content-disposition"), "filename");
    return name.empty() ? header_parameter(parts_[i].header("content-type"), "name") : name;
  }

  bool is_attached(std::size_t i) const {
    const std::string disposition = header_value(parts_[i].header("content-disposition"));
    return disposition == "attachment" || (disposition != "inline" && !file_name(i).empty());
  }

  // The parts are at most kDeepest deep (mail_tree.cc).
  Status give(std::size_t i) {
    const std::string& type = parts_[i].type;
    if (type == "multipart/alternative") return give_one(i, best_alternative(i));
    if (type == "multipart/related") return give_one(i, i + 1);
    if (type == "multipart/encrypted") return sink_.warning("the mail is encrypted; its text is left out");
    if (is_multipart(i)) {
      for (std::size_t child = i + 1; child < parts_[i].end; child = parts_[child].end)
        RAPPEL_TRY(give(child));
      return {};
    }
    return is_attached(i) || !is_body(i) ? give_file(i) : give_body(i);
  }

  // One part as text; of the others only files that are attached.
  Status give_one(std::size_t i, std::size_t chosen) {
    for (std::size_t child = i + 1; child < parts_[i].end; child = parts_[child].end) {
      if (child == chosen) {
        RAPPEL_TRY(give(child));
      } else {
        RAPPEL_TRY(give_files_below(child));
      }
    }
    return {};
  }

  Status give_files_below(std::size_t i) {
    for (std::size_t at = i; at < parts_[i].end; ++at)
      if (!is_multipart(at) && header_value(parts_[at].header("content-disposition")) == "attachment")
        RAPPEL_TRY(give_file(at));
    return {};
  }

  std::size_t best_alternative(std::size_t i) const {
    std::size_t html = 0, last = i + 1;
    for (std::size_t child = i + 1; child < parts_[i].end; child = parts_[child].end) {
      const MailPart& part = parts_[child];
      if (part.type == "text/plain" && !is_blank(part.bytes)) return child;
      if (part.type == "text/html") html = child;
      if (is_body(child) || is_multipart(child)) last = child;
    }
    return html != 0 ? html : last;
  }

  bool is_body(std::size_t i) const {
    const std::string& type = parts_[i].type;
    return type == "text/plain" || type == "text/html" || type == "text/enriched" || type == "text" ||
           type == "message/delivery-status";
  }

  Status give_body(std::size_t i) {
    const MailPart& part = parts_[i];
    const std::string_view content_type = part.header("content-type");
    std::string charset = header_parameter(content_type, "charset");
    if (charset.empty() && part.type == "text/html") charset = declared_encoding(part.bytes);
    std::string text = decode_text(part.bytes, charset).text;
    if (part.type == "text/html") return give_html(text, {.main_text = false, .properties = false}, sink_);
    if (mailbox_ && part.verbatim) text = unquoted(text);
    if (header_parameter(content_type, "format") == "flowed") text = unflowed(text);
    return quotes_.give(text, sink_);
  }

  bool is_left_out(std::size_t i, const std::string& name) const {
    const std::string& type = parts_[i].type;
    if (type.ends_with("-signature") || parts_[i].bytes.empty()) return true;
    const bool picture =
        type.starts_with("image/") || type.starts_with("audio/") || type.starts_with("video/");
    return picture && name.empty();
  }

  Status give_file(std::size_t i) {
    const MailPart& part = parts_[i];
    std::string name = file_name(i);
    if (is_left_out(i, name)) return {};
    if (part.type == "application/ms-tnef")
      return sink_.warning(
          "the mail has attachments in the format of Outlook (winmail.dat); they are left out");
    if (part.type == "application/pkcs7-mime" && name.ends_with(".p7m"))
      return sink_.warning("the mail is encrypted or signed as a whole; its text is left out");
    if (name.empty()) name = part.type == "message/rfc822" ? "message.eml" : "attachment";
    return sink_.attachment({.name = std::move(name),
                             .media_type = part.type,
                             .bytes = part.bytes,
                             .author = head_.from,
                             .created_at = head_.created_at});
  }

  const MailParts& parts_;
  const MailHead head_;
  const bool mailbox_;
  QuoteFolder& quotes_;
  ContentSink& sink_;
};

Status read_messages(const Source& source, bool mailbox, ContentSink& sink) {
  QuoteFolder quotes(mailbox);
  const auto give = [&](const MailParts& parts) { return Mail(parts, mailbox, quotes, sink).read(); };
  const GuardedMail guarded = guard_mail(source.bytes);
  if (guarded.cut)
    RAPPEL_TRY(sink.warning("the mail has too many headers, receivers or parts; some are left out"));
  RAPPEL_ASSIGN(const bool any, read_mails(guarded.bytes, mailbox, give));
  if (any) return {};
  return Status(Code::kInvalidArgument, mailbox ? "it has no mails in it; save the mails as .eml files"
                                                : "it is no mail; save it again from its own program");
}

}  // namespace

Status read_mail(const Source& source, ContentSink& sink) {
  return read_messages(source, source.bytes.starts_with("From "), sink);
}

Status read_mailbox(const Source& source, ContentSink& sink) { return read_messages(source, true, sink); }

}  // namespace rappel::extractor
