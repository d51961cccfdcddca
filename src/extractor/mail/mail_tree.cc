#include "extractor/mail/mail_tree.h"

#include <algorithm>
#include <memory>

#include "base/ascii.h"
#include "extractor/mail/gmime_library.h"

namespace rappel::extractor {
namespace {

constexpr std::size_t kMostParts = 2000, kDeepest = 64, kMostHeaders = 500;

// Only after load_mail_library() was true.
const GMimeLibrary& gmime() { return *gmime_library(); }

template <class T>
bool is_a(T* object, GType type) {
  return gmime().g_type_check_instance_is_a(reinterpret_cast<GTypeInstance*>(object), type) != 0;
}

struct Unref {
  void operator()(void* object) const { gmime().g_object_unref(object); }
};
template <class T>
using Owned = std::unique_ptr<T, Unref>;

std::string lower(const char* text) { return lower_case(std::string_view(text == nullptr ? "" : text)); }

void add_headers(GMimeObject* object, MailPart& part) {
  GMimeHeaderList* list = gmime().g_mime_object_get_header_list(object);
  const int count = gmime().g_mime_header_list_get_count(list);
  for (int i = 0; i < count && part.headers.size() < kMostHeaders; ++i) {
    GMimeHeader* header = gmime().g_mime_header_list_get_header_at(list, i);
    const char* value = gmime().g_mime_header_get_raw_value(header);
    part.headers.emplace_back(lower(gmime().g_mime_header_get_name(header)), value == nullptr ? "" : value);
  }
}

std::string type_of(GMimeObject* object) {
  GMimeContentType* type = gmime().g_mime_object_get_content_type(object);
  if (type == nullptr) return "text/plain";
  return lower(gmime().g_mime_content_type_get_media_type(type)) + '/' +
         lower(gmime().g_mime_content_type_get_media_subtype(type));
}

std::string bytes_of(GMimeStream* stream) {
  const GByteArray* bytes =
      gmime().g_mime_stream_mem_get_byte_array(reinterpret_cast<GMimeStreamMem*>(stream));
  return bytes->len == 0 ? std::string()
                         : std::string(reinterpret_cast<const char*>(bytes->data), bytes->len);
}

void add_content(GMimePart* from, MailPart& part) {
  GMimeDataWrapper* content = gmime().g_mime_part_get_content(from);
  if (content == nullptr) return;
  const GMimeContentEncoding encoding = gmime().g_mime_data_wrapper_get_encoding(content);
  part.verbatim = encoding != GMIME_CONTENT_ENCODING_BASE64 &&
                  encoding != GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE &&
                  encoding != GMIME_CONTENT_ENCODING_UUENCODE;
  const Owned<GMimeStream> stream(gmime().g_mime_stream_mem_new());
  gmime().g_mime_data_wrapper_write_to_stream(content, stream.get());
  part.bytes = bytes_of(stream.get());
}

void add_message(GMimeMessagePart* from, MailPart& part) {
  GMimeMessage* message = gmime().g_mime_message_part_get_message(from);
  if (message == nullptr) return;
  const Owned<GMimeStream> stream(gmime().g_mime_stream_mem_new());
  gmime().g_mime_object_write_to_stream(reinterpret_cast<GMimeObject*>(message), nullptr, stream.get());
  part.bytes = bytes_of(stream.get());
}

// Recursion as deep as kDeepest.
void add_part(GMimeObject* object, std::size_t depth, MailParts& parts) {
  if (parts.size() >= kMostParts) return;
  const std::size_t at = parts.size();
  MailPart& part = parts.emplace_back();
  part.type = type_of(object);
  add_headers(object, part);
  if (is_a(object, gmime().g_mime_multipart_get_type())) {
    GMimeMultipart* multipart = reinterpret_cast<GMimeMultipart*>(object);
    const int count = depth < kDeepest ? gmime().g_mime_multipart_get_count(multipart) : 0;
    for (int i = 0; i < count; ++i)
      add_part(gmime().g_mime_multipart_get_part(multipart, i), depth + 1, parts);
  } else if (is_a(object, gmime().g_mime_message_part_get_type())) {
    add_message(reinterpret_cast<GMimeMessagePart*>(object), part);
  } else if (is_a(object, gmime().g_mime_part_get_type())) {
    add_content(reinterpret_cast<GMimePart*>(object), part);
  }
  parts[at].end = parts.size();
}

MailParts parts_of(GMimeMessage* message) {
  MailParts parts;
  if (GMimeObject* body = gmime().g_mime_message_get_mime_part(message); body != nullptr) {
    add_part(body, 0, parts);
  } else {
    parts.push_back({.type = "text/plain", .end = 1});
  }
  add_headers(reinterpret_cast<GMimeObject*>(message), parts[0]);
  return parts;
}

}  // namespace

std::string_view MailPart::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return {};
}

bool load_mail_library() { return gmime_library() != nullptr; }

namespace {

// The mails of a mailbox up to the next one that begins at least kPiece later: GMime copies the bytes that it
// reads, and a mailbox may be larger than the memory.
std::string_view next_mails(std::string_view bytes) {
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  const std::size_t end = bytes.find("\nFrom ", std::min(kPiece, bytes.size()));
  return end == std::string_view::npos ? bytes : bytes.substr(0, end + 1);
}

// Whether there was one.
Result<bool> read_piece(std::string_view bytes, bool mailbox,
                        const std::function<Status(const MailParts&)>& message) {
  const Owned<GMimeStream> stream(gmime().g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size()));
  const Owned<GMimeParser> parser(gmime().g_mime_parser_new_with_stream(stream.get()));
  gmime().g_mime_parser_set_format(parser.get(), mailbox ? GMIME_FORMAT_MBOX : GMIME_FORMAT_MESSAGE);
  bool any = false;
  do {
    const Owned<GMimeMessage> read(gmime().g_mime_parser_construct_message(parser.get(), nullptr));
    if (!read) break;
    any = true;
    RAPPEL_TRY(message(parts_of(read.get())));
  } while (mailbox && !gmime().g_mime_parser_eos(parser.get()));
  return any;
}

}  // namespace

Result<bool> read_mails(std::string_view bytes, bool mailbox,
                        const std::function<Status(const MailParts&)>& message) {
  if (!load_mail_library())
    return Status(Code::kUnsupported, "mail support is not installed: install the library GMime 3");
  bool any = false;
  do {
    const std::string_view piece = mailbox ? next_mails(bytes) : bytes;
    RAPPEL_ASSIGN(const bool read, read_piece(piece, mailbox, message));
    any = any || read;
    bytes.remove_prefix(piece.size());
  } while (!bytes.empty());
  return any;
}

std::string mail_time(const std::string& date) {
  if (!load_mail_library()) return {};
  GDateTime* time = gmime().g_mime_utils_header_decode_date(date.c_str());
  if (time == nullptr) return {};
  char* text = gmime().g_date_time_format(time, "%Y-%m-%dT%H:%M:%S%:z");
  std::string out(text == nullptr ? "" : text);
  gmime().g_free(text);
  gmime().g_date_time_unref(time);
  return out;
}

}  // namespace rappel::extractor
