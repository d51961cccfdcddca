#include "server/vector_stores/file_routes.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <utility>

#include "base/os/file.h"
#include "server/http/body.h"
#include "server/http/json_writer.h"
#include "server/http/multipart.h"
#include "server/input/upload.h"
#include "server/vector_stores/stored_file_routes.h"

namespace rappel {
namespace {

constexpr std::size_t kMostPurpose = 64;  // bytes
constexpr std::size_t kMostName = 1024;   // bytes
constexpr std::size_t kMostListed = 10'000;
constexpr std::int64_t kLeastSeconds = 3600, kMostSeconds = 2'592'000;
constexpr std::size_t kSendStep = std::size_t{256} << 10;

void write_file(JsonWriter& out, const UploadedFile& file) {
  out.begin_object().key("id").string(file.id).key("object").string("file");
  out.key("bytes").integer(static_cast<std::int64_t>(file.bytes));
  out.key("created_at").integer(file.created_at()).key("expires_at").optional(file.expires_at);
  out.key("filename").string(file.name).key("purpose").string(file.purpose);
  out.key("status").string("processed").key("status_details").null().end_object();
}

Response file_response(const UploadedFile& file) {
  JsonWriter out;
  write_file(out, file);
  return Response::json(out.take());
}

const FormPart* part_named(const std::vector<FormPart>& parts, std::string_view name) {
  const auto it =
      std::find_if(parts.begin(), parts.end(), [&](const FormPart& part) { return part.name == name; });
  return it == parts.end() ? nullptr : &*it;
}

// Seconds from now on, or a fault.
std::variant<std::optional<std::int64_t>, InputFault> read_expiry(const std::vector<FormPart>& parts) {
  const FormPart* const anchor = part_named(parts, "expires_after[anchor]");
  const FormPart* const part = part_named(parts, "expires_after[seconds]");
  if (anchor == nullptr && part == nullptr) return std::optional<std::int64_t>();
  if (anchor == nullptr || anchor->data != "created_at")
    return InputFault{"`expires_after[anchor]` must be created_at", "expires_after[anchor]"};
  std::int64_t seconds = 0;
  const std::string_view digits = part != nullptr ? part->data : std::string_view();
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
  if (read.ec != std::errc() || read.ptr != digits.data() + digits.size() || seconds < kLeastSeconds ||
      seconds > kMostSeconds)
    return InputFault{"`expires_after[seconds]` must be an integer between 3600 and 2592000",
                      "expires_after[seconds]"};
  return std::optional(seconds);
}

struct ReadUpload {
  UploadedFile file;
  std::string_view bytes;
};

std::variant<ReadUpload, InputFault> read_upload(const Request& request) {
  const std::string_view type = request.head.header("content-type");
  if (media_type(type) != "multipart/form-data")
    return InputFault{"send the file as multipart/form-data with the parts `file` and `purpose`", "file"};
  MultipartBounds bounds;
  bounds.passed = releasing(request.file);
  const auto parts = read_multipart(type, request.body, bounds);
  if (!parts.ok()) return InputFault{parts.status().message()};
  const FormPart* const file = part_named(*parts, "file");
  const FormPart* const purpose = part_named(*parts, "purpose");
  if (file == nullptr || !file->is_file)
    return InputFault{"the part `file` is missing, or has no filename", "file"};
  if (file->filename.size() > kMostName) return InputFault{"the name of the file is too long", "file"};
  if (purpose == nullptr || purpose->data.empty() || purpose->data.size() > kMostPurpose)
    return InputFault{"the part `purpose` must be a text of 1 to 64 bytes, such as assistants", "purpose"};
  auto expiry = read_expiry(*parts);
  if (auto* fault = std::get_if<InputFault>(&expiry)) return std::move(*fault);
  ReadUpload read;
  read.file.name = file->filename.empty() ? "file" : file->filename;
  read.file.purpose = std::string(purpose->data);
  read.file.content_type = file->content_type;
  read.file.owner = request.head.principal->id;
  if (const auto& seconds = std::get<std::optional<std::int64_t>>(expiry))
    read.file.expires_at = now_us() / 1'000'000 + *seconds;
  read.bytes = file->data;
  return read;
}

}  // namespace

Response upload_file(Shelf& shelf, const Request& request) {
  auto upload = read_upload(request);
  if (const auto* fault = std::get_if<InputFault>(&upload)) return model_fault(*fault);
  auto& read = std::get<ReadUpload>(upload);
  const auto kept = shelf.files.add(std::move(read.file), read.bytes, releasing(request.file));
  if (kept.status().code() == Code::kResourceExhausted)
    return bad_value(kept.status().message(), "file", 413);
  if (!kept.ok()) return not_kept(shelf, request, kept.status(), "file");
  // Its bytes may have been cut by a disk that failed while they were read.
  if (const Status whole = request.file != nullptr ? request.file->check() : Status(); !whole.ok()) {
    shelf.files.remove((*kept).id);
    return not_kept(shelf, request, whole, "file");
  }
  return file_response(*kept);
}

Response list_files(Shelf& shelf, const Request& request) {
  const auto query = read_page_query(request.head.query_string, kMostListed, kMostListed);
  if (const auto* fault = std::get_if<InputFault>(&query)) return model_fault(*fault);
  const std::string purpose = query_text(request.head.query_string, "purpose");
  std::vector<UploadedFile> files = shelf.files.list();
  std::erase_if(files, [&](const UploadedFile& file) {
    return !may_see(*request.head.principal, file) || (!purpose.empty() && file.purpose != purpose);
  });
  std::vector<PagePlace> places;
  for (const UploadedFile& file : files) places.push_back({file.created_us, file.id});
  const auto page = page_of(places, std::get<PageQuery>(query), shelf.gone);
  if (const auto* fault = std::get_if<InputFault>(&page)) return model_fault(*fault);
  return Response::json(page_json(places, std::get<Page>(page),
                                  [&](JsonWriter& out, std::size_t i) { write_file(out, files[i]); }));
}

Response show_file(Shelf& shelf, const Request& request) {
  const auto file = find_file(shelf, request, request.head.parameter("id"));
  return file ? file_response(*file) : no_such_file();
}

Response file_content(Shelf& shelf, const Request& request) {
  const auto file = find_file(shelf, request, request.head.parameter("id"));
  if (!file) return no_such_file();
  auto mapped = MappedFile::open(shelf.files.content(file->id));
  if (!mapped.ok()) return no_such_file();  // it was deleted at this moment
  Response response;
  response.content_type = "application/octet-stream";
  response.with("content-disposition", "attachment");
  response.stream = [bytes = *std::move(mapped)](BodyStream& out) {
    const std::string_view all(reinterpret_cast<const char*>(bytes->bytes().data()), bytes->bytes().size());
    for (std::size_t at = 0; at < all.size(); at += kSendStep) {
      const std::string_view step = all.substr(at, kSendStep);
      if (!out.write(step)) return false;
      bytes->release(std::as_bytes(std::span(step)));
    }
    return bytes->check().ok();
  };
  return response;
}

Response delete_file(Shelf& shelf, const Request& request) {
  const auto file = find_file(shelf, request, request.head.parameter("id"));
  if (!file) return no_such_file();
  if (const Status detached = detach_everywhere(shelf, request, file->id); !detached.ok())
    return model_failure(shelf.gate, request.head, detached);
  if (!shelf.files.remove(file->id)) return no_such_file();
  shelf.gone.note({file->created_us, file->id});
  return deleted_response(file->id, "file");
}

}  // namespace rappel
