#include "extractor/plain/subtitles.h"

#include <string>
#include <utility>

#include "extractor/plain/encoding.h"
#include "extractor/plain/lines.h"

namespace rappel::extractor {
namespace {

constexpr std::size_t kParagraphBytes = 600, kTagBytes = 200;

// "<v Ada>Hello</v> {\an8}there" -> "Ada: Hello there".
std::string without_markup(std::string_view line) {
  std::string out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char close = line[i] == '<' ? '>' : line[i] == '{' && line.substr(i, 2) == "{\\" ? '}' : '\0';
    const std::size_t end =
        close == '\0' ? std::string_view::npos : line.substr(0, i + kTagBytes).find(close, i);
    if (end == std::string_view::npos) {
      out += line[i];
      continue;
    }
    const std::string_view tag = line.substr(i + 1, end - i - 1);
    if (tag.starts_with("v ")) out += std::string(trim(tag.substr(2))) + ": ";
    i = end;
  }
  return out;
}

bool is_time_line(std::string_view line) { return line.find("-->") != std::string_view::npos; }

bool ends_sentence(std::string_view text) {
  for (const std::string_view end :
       {".", "!", "?", "\xE3\x80\x82", "\xEF\xBC\x81", "\xEF\xBC\x9F", "\xE2\x80\xA6"})
    if (text.ends_with(end)) return true;
  return false;
}

class Subtitles {
 public:
  explicit Subtitles(ContentSink& sink) : sink_(sink) {}

  Status read(std::string_view text) {
    Lines lines(text);
    bool in_cue = false;
    for (std::string_view line; lines.next(line);) {
      if (is_blank(line)) {
        in_cue = false;
      } else if (is_time_line(line)) {
        in_cue = true;
      } else if (in_cue) {
        RAPPEL_TRY(add(without_markup(trim(line))));
      }
    }
    return flush();
  }

 private:
  // Rolling captions show a line again with the next one.
  Status add(std::string line) {
    if (is_blank(line) || line == last_) return {};
    if (!paragraph_.empty()) paragraph_ += '\n';
    paragraph_ += line;
    last_ = std::move(line);
    return paragraph_.size() > kParagraphBytes && ends_sentence(paragraph_) ? flush() : Status();
  }

  Status flush() { return give_text(std::exchange(paragraph_, {}), BlockKind::kParagraph, sink_); }

  ContentSink& sink_;
  std::string paragraph_, last_;
};

}  // namespace

Status read_subtitles(const Source& source, ContentSink& sink) {
  std::string text;
  RAPPEL_TRY(decode_text(source.bytes, source.charset, sink, text));
  return Subtitles(sink).read(text);
}

}  // namespace rappel::extractor
