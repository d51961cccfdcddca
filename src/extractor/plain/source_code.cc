#include "extractor/plain/source_code.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "base/ascii.h"
#include "extractor/plain/encoding.h"
#include "extractor/plain/lines.h"

namespace rappel::extractor {
namespace {

struct Language {
  std::string_view extensions;  // parted by blanks, with one at each end
  std::string_view beginnings;  // of declarations, parted by |; the level is 1, or the digit at the front
  bool c_functions = false;     // also "type name(..) {" at the margin
};

constexpr std::string_view kJava =
    "class |public |abstract class |final class |interface |enum |record |namespace |internal |open class |"
    "data class |sealed |object |fun |private |protected |trait |case class |struct |extension |func ";
constexpr std::string_view kScript =
    "function |async function |class |export |interface |enum |type |namespace |abstract class |module ";

constexpr Language kLanguages[] = {
    {" .py .pyi ", "def |class |async def "},
    {" .js .mjs .cjs .jsx .ts .tsx .mts .cts .vue .svelte ", kScript},
    {" .go ", "func |type "},
    {" .rs ", "fn |pub |struct |enum |trait |impl |impl<|mod |async fn |unsafe |macro_rules! "},
    {" .java .kt .kts .cs .scala .swift .groovy .dart ", kJava},
    {" .c .h .cc .cpp .cxx .hh .hpp .hxx .m .mm .cu .cuh .ino ",
     "class |struct |union |enum |namespace |template |typedef struct|#pragma mark ", true},
    {" .rb ", "def |class |module "},
    {" .php ", "function |class |interface |trait |abstract class |final class "},
    {" .sql ", "CREATE |create |ALTER TABLE|alter table"},
    {" .sh .bash .zsh .ksh .fish .awk ", "function ", true},
    {" .lua ", "function |local function "},
    {" .pl .pm ", "sub |package "},
    {" .r ", "", false},
    {" .jl ", "function |struct |mutable struct |module |macro "},
    {" .hs .ml .mli .fs .elm ", "module |data |class |instance |type |let |newtype "},
    {" .ex .exs ", "defmodule |def "},
    {" .erl ", "-module|-record"},
    {" .clj .lisp .el .scm ", "(def"},
    {" .proto ", "message |service |enum "},
    {" .ps1 ", "function |class "},
    {" .tex .sty .cls ",
     "1\\part|1\\chapter|1\\title|1\\section|2\\subsection|3\\subsubsection|4\\paragraph|1\\begin{abstract}"},
    {" .toml .ini .cfg .conf ", "["},
    {" .tf ", "resource |module |variable |output |data |provider "},
};

constexpr std::size_t kLongestHeading = 120;

std::string extension_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return {};
  return " " + lower_case(name.substr(dot)) + " ";
}

const Language* language_of(std::string_view name) {
  const std::string extension = extension_of(name);
  if (extension.size() < 4) return nullptr;
  const auto* found =
      std::find_if(std::begin(kLanguages), std::end(kLanguages), [&](const Language& language) {
        return language.extensions.find(extension) != std::string_view::npos;
      });
  return found == std::end(kLanguages) ? nullptr : found;
}

// "int sum(const char* text) {": begins with a letter, has arguments, and a body follows.
bool is_c_function(std::string_view line) {
  if (line.empty() || (std::isalpha(static_cast<unsigned char>(line[0])) == 0 && line[0] != '_'))
    return false;
  const std::size_t open = line.find('(');
  if (open == std::string_view::npos || open == 0 || line.find('=') < open) return false;
  for (const std::string_view word : {"if ", "for ", "while ", "switch ", "return ", "else ", "if(", "for("})
    if (line.starts_with(word)) return false;
  return trim(line).ends_with('{') && line.find(')', open) != std::string_view::npos;
}

// 0 if the line is no heading.
int level_of(std::string_view line, const Language& language) {
  if (line.empty() || line.size() > kLongestHeading) return 0;
  for (std::string_view rest = language.beginnings; !rest.empty();) {
    const std::size_t end = std::min(rest.find('|'), rest.size());
    std::string_view beginning = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    int level = 1;
    if (beginning[0] >= '1' && beginning[0] <= '9') {
      level = beginning[0] - '0';
      beginning.remove_prefix(1);
    }
    if (line.starts_with(beginning)) return level;
  }
  return language.c_functions && is_c_function(line) ? 1 : 0;
}

}  // namespace

Status read_source_code(const Source& source, ContentSink& sink) {
  std::string text;
  RAPPEL_TRY(decode_text(source.bytes, source.charset, sink, text));
  const std::string_view whole = text;
  const Language* language = language_of(source.name);
  Lines lines(whole);
  std::size_t begin = 0;
  for (std::string_view line; language != nullptr && lines.next(line);) {
    const int level = level_of(line, *language);
    if (level == 0) continue;
    RAPPEL_TRY(give_text(whole.substr(begin, lines.begin() - begin), BlockKind::kCode, sink));
    RAPPEL_TRY(sink.block({.kind = BlockKind::kHeading, .text = std::string(trim(line)), .level = level}));
    begin = lines.at();
  }
  return give_text(whole.substr(begin), BlockKind::kCode, sink);
}

}  // namespace rappel::extractor
