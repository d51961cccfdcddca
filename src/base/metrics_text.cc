#include "base/metrics_text.h"

#include <iterator>

#include <fmt/format.h>

namespace rappel {
namespace {

constexpr const char* kTypes[] = {"counter", "gauge", "histogram"};

void append_escaped(std::string_view text, std::string& out) {
  for (const char c : text) {
    if (c == '\\' || c == '"') out.push_back('\\');
    if (c == '\n')
      out += "\\n";
    else
      out.push_back(c);
  }
}

}  // namespace

MetricsText& MetricsText::family(std::string_view name, Type type, std::string_view help) {
  family_ = name;
  fmt::format_to(std::back_inserter(out_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name,
                 kTypes[static_cast<int>(type)]);
  return *this;
}

MetricsText& MetricsText::sample(double value, const Labels& labels, std::string_view suffix) {
  out_ += family_;
  out_ += suffix;
  char before = '{';
  for (const auto& [name, text] : labels) {
    out_.push_back(before);
    before = ',';
    out_ += name;
    out_ += "=\"";
    append_escaped(text, out_);
    out_.push_back('"');
  }
  if (!labels.empty()) out_.push_back('}');
  fmt::format_to(std::back_inserter(out_), " {}\n", value);
  return *this;
}

}  // namespace rappel
