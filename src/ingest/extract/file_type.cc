#include "ingest/extract/file_type.h"

#include <algorithm>
#include <cctype>
#include <initializer_list>

#include "base/utf8.h"

namespace rappel {
namespace {

using namespace std::string_view_literals;

constexpr auto kPandoc = "save it as text or Markdown, for example with pandoc";
constexpr auto kSaveAsText = "save it as plain text from its own program";
constexpr auto kUnpack = "unpack it and give the files in it";
constexpr auto kNoText = "only text can be stored";
constexpr auto kTakeAsText = "to store it as it is, name it .txt (in an upload, declare it as text/plain)";
constexpr auto kSaveAsUtf8 = "convert it to UTF-8, for example with iconv";

// Bytes at a fixed place of a file. `binary`: a text could begin like this, so the start of the file must
// also hold bytes that no text has.
struct Signature {
  std::size_t offset;
  std::string_view bytes;
  bool binary;
  const char* media_type;
  const char* what;
  const char* advice;
};

constexpr Signature kSignatures[] = {
    {0, "%PDF-"sv, false, "application/pdf", "a PDF document",
     "convert it to text, for example with pdftotext"},
    {0, "{\\rtf"sv, false, "application/rtf", "an RTF document", kPandoc},
    {0, "PK\x03\x04"sv, false, "application/zip", "a ZIP archive", kUnpack},
    {0, "PK\x05\x06"sv, false, "application/zip", "a ZIP archive", kUnpack},
    {0, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv, false, "application/x-ole-storage",
     "a document of an old Office format", kSaveAsText},
    {0, "\x1F\x8B"sv, false, "application/gzip", "a gzip file", kUnpack},
    {0, "BZh"sv, true, "application/x-bzip2", "a bzip2 file", kUnpack},
    {0,
     "\xFD"
     "7zXZ\0"sv,
     false, "application/x-xz", "an xz file", kUnpack},
    {0, "\x28\xB5\x2F\xFD"sv, false, "application/zstd", "a Zstandard file", kUnpack},
    {0, "7z\xBC\xAF\x27\x1C"sv, false, "application/x-7z-compressed", "a 7z archive", kUnpack},
    {0, "Rar!\x1A\x07"sv, false, "application/vnd.rar", "a RAR archive", kUnpack},
    {257, "ustar"sv, true, "application/x-tar", "a tar archive", kUnpack},
    {0, "\x89PNG"sv, false, "image/png", "a PNG image", kNoText},
    {0, "\xFF\xD8\xFF"sv, false, "image/jpeg", "a JPEG image", kNoText},
    {0, "GIF8"sv, true, "image/gif", "a GIF image", kNoText},
    {0, "BM"sv, true, "image/bmp", "a BMP image", kNoText},
    {0, "II*\0"sv, true, "image/tiff", "a TIFF image", kNoText},
    {0, "MM\0*"sv, true, "image/tiff", "a TIFF image", kNoText},
    {8, "WEBP"sv, true, "image/webp", "a WebP image", kNoText},
    {8, "WAVE"sv, true, "audio/wav", "a WAV recording", kNoText},
    {0, "ID3"sv, true, "audio/mpeg", "an MP3 recording", kNoText},
    {0, "OggS"sv, true, "audio/ogg", "an Ogg recording", kNoText},
    {0, "fLaC"sv, true, "audio/flac", "a FLAC recording", kNoText},
    {4, "ftyp"sv, true, "video/mp4", "an MP4 recording", kNoText},
    {0, "\x1A\x45\xDF\xA3"sv, false, "video/x-matroska", "a Matroska recording", kNoText},
    {0, "SQLite format 3\0"sv, false, "application/vnd.sqlite3", "an SQLite database", kNoText},
    {0,
     "\x7F"
     "ELF"sv,
     false, "application/x-elf", "a program", kNoText},
    {0, "\xFF\xFE"sv, false, "text/plain; charset=utf-16le", "UTF-16 text", kSaveAsUtf8},
    {0, "\xFE\xFF"sv, false, "text/plain; charset=utf-16be", "UTF-16 text", kSaveAsUtf8},
};

// A package is a ZIP archive with these bytes near its start, or with this extension.
struct Package {
  std::string_view member, extension;
  const char* media_type;
  const char* what;
};

constexpr Package kPackages[] = {
    {"application/epub+zip", ".epub", "application/epub+zip", "an EPUB book"},
    {"opendocument.text", ".odt", "application/vnd.oasis.opendocument.text", "an ODT document"},
    {"opendocument.spreadsheet", ".ods", "application/vnd.oasis.opendocument.spreadsheet",
     "an ODS spreadsheet"},
    {"opendocument.presentation", ".odp", "application/vnd.oasis.opendocument.presentation",
     "an ODP presentation"},
    {"word/", ".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
     "a DOCX document"},
    {"xl/", ".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
     "an XLSX spreadsheet"},
    {"ppt/", ".pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation",
     "a PPTX presentation"},
};

// What names and declared types say of files whose content has no signature.
struct Extension {
  std::string_view extension;
  const char* media_type;
  const char* what;
  const char* advice;
};

constexpr Extension kExtensions[] = {
    {".txt", "text/plain", "plain text", ""},
    {".text", "text/plain", "plain text", ""},
    {".md", "text/markdown", "Markdown", ""},
    {".markdown", "text/markdown", "Markdown", ""},
    {".html", "text/html", "an HTML page", kPandoc},
    {".htm", "text/html", "an HTML page", kPandoc},
    {".xml", "application/xml", "an XML file", kTakeAsText},
    {".csv", "text/csv", "a CSV table", kTakeAsText},
    {".json", "application/json", "a JSON file", "turn its records into lines of a .jsonl file"},
    {".eml", "message/rfc822", "a mail", "save its text as a .txt file"},
    {".pdf", "application/pdf", "a PDF document", "convert it to text, for example with pdftotext"},
    {".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "a DOCX document",
     kPandoc},
    {".doc", "application/msword", "a document of an old Office format", kSaveAsText},
    {".zip", "application/zip", "a ZIP archive", kUnpack},
};

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
  return start.size() >= signature.offset &&
         start.substr(signature.offset, signature.bytes.size()) == signature.bytes &&
         (!signature.binary || looks_binary(start));
}

FileType package_type(std::string_view start, const std::string& name, const Signature& archive) {
  const auto found = std::find_if(std::begin(kPackages), std::end(kPackages), [&](const Package& package) {
    return start.find(package.member) != std::string_view::npos || name.ends_with(package.extension);
  });
  if (found == std::end(kPackages)) return {archive.media_type, archive.what, archive.advice};
  return {found->media_type, found->what, kPandoc};
}

FileType type_by_name(const std::string& name) {
  for (const Extension& known : kExtensions)
    if (name.size() > known.extension.size() && name.ends_with(known.extension))
      return {known.media_type, known.what, known.advice};
  return {"", "a file of unknown type", "give it a name ending in .txt or .md if it is text"};
}

FileType declared_type(const std::string& media_type) {
  const std::string type = media_type == "text/x-markdown" ? "text/markdown" : media_type;
  for (const Extension& known : kExtensions)
    if (type == known.media_type) return {type, known.what, known.advice};
  return {type, "declared as " + type, "declare it as text/plain if it is text"};
}

}  // namespace

FileType detect_file_type(std::string_view content, const FileHint& hint) {
  const std::string_view start = content.substr(0, kTypeBytes);
  const std::string name = lower(hint.name);
  for (const Signature& signature : kSignatures) {
    if (!carries(signature, start)) continue;
    if (signature.media_type == "application/zip"sv) return package_type(start, name, signature);
    return {signature.media_type, signature.what, signature.advice};
  }
  if (hint.media_type.empty() || hint.media_type == "application/octet-stream") return type_by_name(name);
  return declared_type(hint.media_type);
}

}  // namespace rappel
