#include "ingest/extract/file_type.h"

#include <algorithm>
#include <cctype>
#include <cstring>

#include "base/ascii.h"
#include "base/utf8.h"
#include "ingest/extract/text_sniff.h"

namespace rappel {
namespace {

constexpr std::string_view kArchive = "application/zip";

bool looks_binary(std::string_view start) {
  if (start.find('\0') != std::string_view::npos) return true;
  // The last character may be cut.
  return start.size() - utf8_valid_prefix(start) > 3;
}

bool carries(const Signature& signature, std::string_view start) {
  return !signature.bytes.empty() && start.size() >= signature.offset &&
         start.substr(signature.offset, signature.bytes.size() + signature.within).find(signature.bytes) !=
             std::string_view::npos &&
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
  return {std::string(format.media_type),
          std::string(format.what),
          std::string(format.advice),
          format.read,
          format.is_archive,
          format.may_be_mail};
}

// As find(), which would stop at every first byte of `word` in packed data.
std::size_t place_of(std::string_view word, std::string_view text, std::size_t from) {
  if (from >= text.size()) return std::string_view::npos;
  const void* found = ::memmem(text.data() + from, text.size() - from, word.data(), word.size());
  return found == nullptr ? std::string_view::npos
                          : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

// Names of folders count where a name begins: "word/", but not in "password/".
bool has_member(std::string_view start, std::string_view member) {
  for (std::size_t at = place_of(member, start, 0); at != std::string_view::npos;
       at = place_of(member, start, at + 1)) {
    const auto before = static_cast<unsigned char>(at == 0 ? 0 : start[at - 1]);
    if (!member.ends_with('/') ||
        (std::isalnum(before) == 0 && before != '/' && before != '_' && before != '-' && before < 0x80))
      return true;
  }
  return false;
}

FileType package_type(const FileFormat& archive, std::string_view start, std::string_view name) {
  const FileFormat* package = find_format([&](const FileFormat& format) {
    return !format.member.empty() && (has_member(start, format.member) || has_extension(format, name));
  });
  return type_of(package != nullptr ? *package : archive);
}

bool is_plain(const FileFormat* format) { return format != nullptr && format->media_type == "text/plain"; }

// Formats of text have no signature: their names tell them apart.
bool is_text_kind(const FileFormat& format) {
  return format.member.empty() && format.signatures[0].bytes.empty() && !is_plain(&format);
}

const FileFormat* format_of_name(std::string_view name) {
  return find_format([&](const FileFormat& format) { return has_extension(format, name); });
}

const FileFormat* format_of_type(std::string_view media_type) {
  if (media_type.empty() || media_type == "application/octet-stream") return nullptr;
  return find_format([&](const FileFormat& format) {
    return media_type == format.media_type || media_type == format.also_declared;
  });
}

// Senders declare text/plain, or something of their own, for texts of all kinds: the name knows more.
const FileFormat* claimed_format(const FileHint& hint, std::string_view name) {
  const FileFormat* declared = format_of_type(hint.media_type);
  const FileFormat* named = format_of_name(name);
  if (declared == nullptr) return named;
  return is_plain(declared) && named != nullptr && is_text_kind(*named) ? named : declared;
}

FileType unknown_type(const std::string& media_type) {
  if (media_type.empty() || media_type == "application/octet-stream")
    return {"", "a file of unknown type", "give it a name ending in .txt or .md if it is text"};
  return {media_type, "declared as " + media_type, "declare it as text/plain if it is text"};
}

// By the bytes alone; null if they have no signature.
const FileFormat* signed_format(std::string_view start, std::string_view name) {
  const auto* format = find_format([&](const FileFormat& f) { return has_signature(f, start); });
  // A mark of UTF-16 says only that it is a text.
  if (format == nullptr || !format->media_type.starts_with("text/plain;")) return format;
  const FileFormat* named = format_of_name(name);
  return named != nullptr && is_text_kind(*named) ? named : format;
}

}  // namespace

FileType detect_file_type(std::string_view content, const FileHint& hint) {
  const std::string_view start = content.substr(0, kTypeBytes);
  const std::string name = lower_case(hint.name);
  if (const auto* format = signed_format(start, name))
    return format->media_type == kArchive ? package_type(*format, start, name) : type_of(*format);
  const FileFormat* claimed = claimed_format(hint, name);
  if (claimed == nullptr) claimed = format_of_type(sniff_text(start));
  if (is_plain(claimed) && begins_as_html(start)) claimed = format_of_type("text/html");
  return claimed != nullptr ? type_of(*claimed) : unknown_type(hint.media_type);
}

}  // namespace rappel
