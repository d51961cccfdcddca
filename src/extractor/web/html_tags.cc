#include "extractor/web/html_tags.h"

#include <unordered_map>

namespace rappel::extractor {
namespace {

using Table = std::unordered_map<std::string_view, HtmlTag>;

Table table() {
  Table tags;
  for (const std::string_view name :
       {"address",  "article",    "aside",    "blockquote", "body",    "caption", "center",
        "dd",       "details",    "dialog",   "dir",        "div",     "dl",      "dt",
        "fieldset", "figcaption", "figure",   "footer",     "form",    "header",  "hgroup",
        "hr",       "html",       "legend",   "li",         "main",    "menu",    "nav",
        "ol",       "p",          "pre",      "section",    "summary", "table",   "tbody",
        "td",       "tfoot",      "th",       "thead",      "tr",      "ul",      "listing",
        "multicol", "search",     "frameset", "video",      "audio",   "option",  "optgroup"})
    tags[name].block = true;
  for (const std::string_view name : {"script",          "style",   "template", "head",     "noscript",
                                      "iframe",          "object",  "embed",    "applet",   "select",
                                      "button",          "input",   "textarea", "datalist", "svg",
                                      "math-annotation", "canvas",  "map",      "audio",    "video",
                                      "noframes",        "noembed", "rp",       "rt",       "annotation",
                                      "annotation-xml",  "title"})
    tags[name].unread = true;
  for (int level = 1; level <= 6; ++level) {
    constexpr std::string_view kNames[] = {"h1", "h2", "h3", "h4", "h5", "h6"};
    tags[kNames[level - 1]] = {.block = true, .heading = level, .main_score = -5};
  }
  for (const std::string_view name : {"div", "section"}) tags[name].main_score = 5;
  for (const std::string_view name : {"article", "main"}) tags[name].main_score = 25;
  for (const std::string_view name : {"pre", "td", "blockquote"}) tags[name].main_score = 3;
  for (const std::string_view name : {"address", "ol", "ul", "dl", "dd", "dt", "li", "form"})
    tags[name].main_score = -3;
  tags["th"].main_score = -5;
  return tags;
}

}  // namespace

HtmlTag html_tag(std::string_view name) {
  static const Table tags = table();
  const auto found = tags.find(name);
  return found == tags.end() ? HtmlTag() : found->second;
}

}  // namespace rappel::extractor
