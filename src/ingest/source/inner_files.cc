#include "ingest/source/inner_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <unordered_set>
#include <utility>

#include "base/utf8.h"
#include "ingest/extract/child_reader.h"
#include "ingest/extract/file_type.h"
#include "ingest/source/printable_name.h"
#include "ingest/source/read_pages.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

// A compound file is a message of Outlook if it has this stream, and else a document of an old Office format.
constexpr std::string_view kCompoundFile = "\xD0\xCF\x11\xE0";
bool has_message_stream(std::string_view bytes) {
  std::string name;
  for (const char c : std::string_view("__properties_version1.0")) (name += c) += '\0';  // UTF-16
  return bytes.find(name) != std::string_view::npos;
}

std::string plain_name(const std::string& name) {
  constexpr std::size_t kLongest = 200;
  std::string plain = printable_name(name);
  std::replace(plain.begin(), plain.end(), '/', '_');
  std::replace(plain.begin(), plain.end(), '\\', '_');
  if (plain.size() <= kLongest) return plain;
  plain.erase(0, plain.size() - kLongest);
  while ((static_cast<unsigned char>(plain.front()) & 0xC0) == 0x80) plain.erase(0, 1);  // a cut character
  return plain;
}

// For each file the number of messages that have begun before it.
std::vector<std::size_t> messages_of(const CollectedContent& content) {
  std::vector<std::size_t> messages;
  for (const std::size_t parts : content.attachment_parts)
    messages.push_back(static_cast<std::size_t>(
        std::count_if(content.parts.begin(), content.parts.begin() + static_cast<std::ptrdiff_t>(parts),
                      [](const Part& part) { return part.kind == PartKind::kMessage; })));
  return messages;
}

}  // namespace

OuterKind outer_kind(std::string_view bytes, const FileHint& hint) {
  const FileType type = detect_file_type(bytes, hint);
  if (type.read == ReadBy::kNothing) return OuterKind::kNone;
  if (type.is_archive) return OuterKind::kArchive;
  const bool is_mail = type.may_be_mail && (!bytes.starts_with(kCompoundFile) || has_message_stream(bytes));
  return is_mail ? OuterKind::kMail : OuterKind::kNone;
}

Result<OuterFile> read_outer(const FileBytes& bytes, const FileHint& hint, ReadCall call) {
  call.file = bytes.file();
  std::optional<ReadPages> pages;
  release_pages(bytes.view(), call, pages);
  auto read = read_alone_in_child(bytes.view(), hint, call);
  RAPPEL_TRY(bytes.check());
  RAPPEL_ASSIGN(ReadFile file, std::move(read));
  OuterFile outer{.document = take_document(file), .files = std::move(file.content.attachments)};
  if (outer_kind(bytes.view(), hint) == OuterKind::kMail)
    name_attachments(outer.files, messages_of(file.content));
  return outer;
}

void name_attachments(std::vector<Attachment>& files, const std::vector<std::size_t>& messages) {
  std::unordered_set<std::string> taken;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const fs::path name = plain_name(files[i].name);
    const std::string folder = messages[i] > 1 ? fmt::format("message {}/", messages[i]) : "";
    std::string unique = folder + name.string();
    for (int number = 2; !taken.insert(unique).second; ++number)
      unique = fmt::format("{}{} ({}){}", folder, name.stem().string(), number, name.extension().string());
    files[i].name = std::move(unique);
  }
}

}  // namespace rappel
