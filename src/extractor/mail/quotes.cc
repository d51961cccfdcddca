#include "extractor/mail/quotes.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "extractor/plain/lines.h"

namespace rappel::extractor {
namespace {

// A quote is known if each run of so many words is. Shorter quotes are kept: they may be chance.
constexpr std::size_t kRun = 5;
// About 60 MB of hashes; mails after that add none.
constexpr std::size_t kMostRuns = 1'000'000;

struct QuotedLine {
  std::size_t depth = 0;
  std::string_view text;  // without marks, and without the blank after them
};

// ">> text", "> > text"
QuotedLine split_marks(std::string_view line) {
  QuotedLine out;
  std::size_t at = 0;
  while (at < line.size() && line[at] == '>') {
    ++out.depth;
    ++at;
    if (at + 1 < line.size() && line[at] == ' ' && line[at + 1] == '>') ++at;
  }
  if (out.depth > 0 && at < line.size() && line[at] == ' ') ++at;
  out.text = line.substr(at);
  return out;
}

std::vector<std::string_view> words_of(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\f";
  std::vector<std::string_view> words;
  for (std::size_t at = 0; (at = text.find_first_not_of(kBlanks, at)) != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(kBlanks, at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

// Calls `visit` with the hash of each run of words until it returns false.
void for_runs(std::string_view text, const std::function<bool(std::uint64_t)>& visit) {
  const std::vector<std::string_view> words = words_of(text);
  for (std::size_t i = 0; i + kRun <= words.size(); ++i) {
    std::uint64_t hash = 0;
    for (std::size_t k = 0; k < kRun; ++k)
      hash = hash * 0x9E3779B97F4A7C15u + std::hash<std::string_view>()(words[i + k]);
    if (!visit(hash)) return;
  }
}

}  // namespace

std::string unflowed(std::string_view text) {
  std::string out;
  std::size_t depth = 0;
  bool open = false;  // the last line goes on
  Lines lines(text);
  for (std::string_view line; lines.next(line);) {
    const QuotedLine quoted = split_marks(line);
    const bool joined = open && quoted.depth == depth;
    if (open && !joined) out += '\n';
    out += joined && depth > 0 ? quoted.text : line;
    depth = quoted.depth;
    open = quoted.text.ends_with(' ') && quoted.text != "-- ";
    if (!open) out += '\n';
  }
  return out;
}

Status QuoteFolder::give(std::string_view text, ContentSink& sink) {
  std::string own, quote, blank;
  Lines lines(text);
  const auto give_quote = [&]() -> Status {
    Status status;
    if (!mailbox_ || !knows(quote)) status = give_paragraphs(quote, BlockKind::kNote, sink);
    quote.clear();
    return status;
  };
  for (std::string_view line; lines.next(line);) {
    const QuotedLine quoted = split_marks(line);
    if (quoted.depth > 0) {
      RAPPEL_TRY(give_own(own, sink));
      own.clear();
      (quote += quoted.text) += '\n';
    } else if (!quote.empty() && is_blank(line)) {
      quote += '\n';
    } else {
      if (!quote.empty()) RAPPEL_TRY(give_quote());
      (own += line) += '\n';
    }
  }
  RAPPEL_TRY(give_own(own, sink));
  return give_quote();
}

Status QuoteFolder::give_own(std::string_view text, ContentSink& sink) {
  if (mailbox_)
    for_runs(text,
             [&](std::uint64_t run) { return known_.size() < kMostRuns && (known_.insert(run), true); });
  return give_paragraphs(text, BlockKind::kParagraph, sink);
}

bool QuoteFolder::knows(std::string_view quote) const {
  bool any = false, all = true;
  for_runs(quote, [&](std::uint64_t run) {
    any = true;
    return all = known_.contains(run);
  });
  return any && all;
}

}  // namespace rappel::extractor
