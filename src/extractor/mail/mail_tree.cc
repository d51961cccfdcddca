#include "extractor/mail/mail_tree.h"

#include <gmime/gmime.h>

#include <memory>

#include "base/ascii.h"

namespace rappel::extractor {
namespace {

constexpr std::size_t kMostParts = 2000, kDeepest = 64, kMostHeaders = 500;

// GMime reads tables of the system when it starts; the process is locked in later.
const bool kReady = [] {
  g_mime_init();
  return true;
}();

struct Unref {
  void operator()(void* object) const { g_object_unref(object); }
};
template <class T>
using Owned = std::unique_ptr<T, Unref>;

std::string lower(const char* text) { return lower_case(std::string_view(text == nullptr ? "" : text)); }

void add_headers(GMimeObject* object, MailPart& part) {
  GMimeHeaderList* list = g_mime_object_get_header_list(object);
  const int count = g_mime_header_list_get_count(list);
  for (int i = 0; i < count && part.headers.size() < kMostHeaders; ++i) {
    GMimeHeader* header = g_mime_header_list_get_header_at(list, i);
    const char* value = g_mime_header_get_raw_value(header);
    part.headers.emplace_back(lower(g_mime_header_get_name(header)), value == nullptr ? "" : value);
  }
}

std::string type_of(GMimeObject* object) {
  GMimeContentType* type = g_mime_object_get_content_type(object);
  if (type == nullptr) return "text/plain";
  return lower(g_mime_content_type_get_media_type(type)) + '/' +
         lower(g_mime_content_type_get_media_subtype(type));
}

std::string bytes_of(GMimeStream* stream) {
  const GByteArray* bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
  return bytes->len == 0 ? std::string()
                         : std::string(reinterpret_cast<const char*>(bytes->data), bytes->len);
}

void add_content(GMimePart* from, MailPart& part) {
  GMimeDataWrapper* content = g_mime_part_get_content(from);
  if (content == nullptr) return;
  const GMimeContentEncoding encoding = g_mime_data_wrapper_get_encoding(content);
  part.verbatim = encoding != GMIME_CONTENT_ENCODING_BASE64 &&
                  encoding != GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE &&
                  encoding != GMIME_CONTENT_ENCODING_UUENCODE;
  const Owned<GMimeStream> stream(g_mime_stream_mem_new());
  g_mime_data_wrapper_write_to_stream(content, stream.get());
  part.bytes = bytes_of(stream.get());
}

void add_message(GMimeMessagePart* from, MailPart& part) {
  GMimeMessage* message = g_mime_message_part_get_message(from);
  if (message == nullptr) return;
  const Owned<GMimeStream> stream(g_mime_stream_mem_new());
  g_mime_object_write_to_stream(GMIME_OBJECT(message), nullptr, stream.get());
  part.bytes = bytes_of(stream.get());
}

// Recursion as deep as kDeepest.
void add_part(GMimeObject* object, std::size_t depth, MailParts& parts) {
  if (parts.size() >= kMostParts) return;
  const std::size_t at = parts.size();
  MailPart& part = parts.emplace_back();
  part.type = type_of(object);
  add_headers(object, part);
  if (GMIME_IS_MULTIPART(object)) {
    GMimeMultipart* multipart = GMIME_MULTIPART(object);
    const int count = depth < kDeepest ? g_mime_multipart_get_count(multipart) : 0;
    for (int i = 0; i < count; ++i) add_part(g_mime_multipart_get_part(multipart, i), depth + 1, parts);
  } else if (GMIME_IS_MESSAGE_PART(object)) {
    add_message(GMIME_MESSAGE_PART(object), part);
  } else if (GMIME_IS_PART(object)) {
    add_content(GMIME_PART(object), part);
  }
  parts[at].end = parts.size();
}

MailParts parts_of(GMimeMessage* message) {
  MailParts parts;
  if (GMimeObject* body = g_mime_message_get_mime_part(message); body != nullptr) {
    add_part(body, 0, parts);
  } else {
    parts.push_back({.type = "text/plain", .end = 1});
  }
  add_headers(GMIME_OBJECT(message), parts[0]);
  return parts;
}

}  // namespace

std::string_view MailPart::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return {};
}

Result<bool> read_mails(std::string_view bytes, bool mailbox,
                        const std::function<Status(const MailParts&)>& message) {
  const Owned<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size()));
  const Owned<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
  g_mime_parser_set_format(parser.get(), mailbox ? GMIME_FORMAT_MBOX : GMIME_FORMAT_MESSAGE);
  bool any = false;
  do {
    const Owned<GMimeMessage> read(g_mime_parser_construct_message(parser.get(), nullptr));
    if (!read) break;
    any = true;
    RAPPEL_TRY(message(parts_of(read.get())));
  } while (mailbox && !g_mime_parser_eos(parser.get()));
  return any;
}

std::string mail_time(const std::string& date) {
  GDateTime* time = g_mime_utils_header_decode_date(date.c_str());
  if (time == nullptr) return {};
  char* text = g_date_time_format(time, "%Y-%m-%dT%H:%M:%S%:z");
  std::string out(text == nullptr ? "" : text);
  g_free(text);
  g_date_time_unref(time);
  return out;
}

}  // namespace rappel::extractor
