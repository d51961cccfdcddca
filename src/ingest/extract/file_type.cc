#include "ingest/extract/file_type.h"

#include <algorithm>
#include <cctype>

#include "base/utf8.h"

namespace rappel {
namespace {

constexpr std::string_view kArchive = "application/zip";

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

bool looks_binary(std::string_view start) {
  if (start.find('\0') != std::string_view::npos) return true;
  // The last character may be cut.
  return start.size() - utf8_valid_prefix(start) > 3;
}

bool carries(const Signature& signature, std::string_view start) {
  return !signature.bytes.empty() && start.size() >= signature.offset &&
         start.substr(signature.offset, signature.bytes.size()) == signature.bytes &&
         (!signature.binary || looks_binary(start));
}

bool has_signature(const FileFormat& format, std::string_view start) {
  return std::any_of(std::begin(format.signatures), std::end(format.signatures),
                     [&](const Signature& signature) { return carries(signature, start); });
}

// `name` in lower case; a name that is nothing but an extension has none.
bool has_extension(const FileFormat& format, std::string_view name) {
  for (std::string_view rest = format.extensions; !rest.empty();) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    const std::string_view extension = rest.substr(0, end);
    if (name.size() > extension.size() && name.ends_with(extension)) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

template <class Matches>
const FileFormat* find_format(const Matches& matches) {
  const auto formats = file_formats();
  const auto found = std::find_if(formats.begin(), formats.end(), matches);
  return found == formats.end() ? nullptr : &*found;
}

FileType type_of(const FileFormat& format) {
  return {std::string(format.media_type), std::string(format.what), std::string(format.advice), format.read};
}

FileType package_type(const FileFormat& archive, std::string_view start, std::string_view name) {
  const FileFormat* package = find_format([&](const FileFormat& format) {
    return !format.member.empty() &&
           (start.find(format.member) != std::string_view::npos || has_extension(format, name));
  });
  return type_of(package != nullptr ? *package : archive);
}

FileType type_by_name(std::string_view name) {
  if (const auto* format = find_format([&](const FileFormat& f) { return has_extension(f, name); }))
    return type_of(*format);
  return {"", "a file of unknown type", "give it a name ending in .txt or .md if it is text"};
}

FileType declared_type(const std::string& media_type) {
  const auto* format = find_format(
      [&](const FileFormat& f) { return media_type == f.media_type || media_type == f.also_declared; });
  if (format != nullptr) return type_of(*format);
  return {media_type, "declared as " + media_type, "declare it as text/plain if it is text"};
}

}  // namespace

FileType detect_file_type(std::string_view content, const FileHint& hint) {
  const std::string_view start = content.substr(0, kTypeBytes);
  const std::string name = lower(hint.name);
  if (const auto* format = find_format([&](const FileFormat& f) { return has_signature(f, start); }))
    return format->media_type == kArchive ? package_type(*format, start, name) : type_of(*format);
  if (hint.media_type.empty() || hint.media_type == "application/octet-stream") return type_by_name(name);
  return declared_type(hint.media_type);
}

}  // namespace rappel
