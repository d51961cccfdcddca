#include "extractor/web/html_names.h"

#include <algorithm>

#include "base/ascii.h"

namespace rappel::extractor {
namespace {

std::string lower(std::string_view text) { return lower_case(text.substr(0, 1000)); }

}  // namespace

std::string words_of(const HtmlNode& node) {
  return lower(std::string(node.attribute("class")) + ' ' + std::string(node.attribute("id")));
}

bool has_any(const std::string& text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return text.find(word) != std::string::npos; });
}

bool is_hidden(const HtmlNode& node) {
  if (node.has("hidden") || node.attribute("aria-hidden") == "true") return true;
  const std::string_view style = node.attribute("style");
  if (style.empty()) return false;
  std::string tight = lower(style);
  tight.erase(std::remove(tight.begin(), tight.end(), ' '), tight.end());
  return has_any(tight, {"display:none", "visibility:hidden"});
}

bool is_permalink(const HtmlNode& node) {
  return node.name == "a" && has_any(lower(node.attribute("class")), {"headerlink", "anchorjs", "permalink"});
}

bool is_around(const HtmlNode& node) {
  if (node.name == "nav" || node.name == "aside" || node.name == "dialog" || node.name == "menu") return true;
  const std::string_view role = node.attribute("role");
  for (const std::string_view around : {"navigation", "banner", "contentinfo", "complementary", "search",
                                        "dialog", "alertdialog", "menu", "menubar", "toolbar", "alert"})
    if (role == around) return true;
  return false;
}

bool is_unlikely(const HtmlNode& node) {
  // Documents name their sections after their titles.
  for (const std::string_view name : {"body", "html", "a", "main", "article", "section", "p", "pre", "table",
                                      "dl", "dt", "span", "code", "h1", "h2", "h3", "h4", "h5", "h6"})
    if (node.name == name) return false;
  if (node.name.empty()) return false;
  const std::string words = words_of(node);
  if (words.size() < 3) return false;
  if (has_any(words,
              {"cookie",      "consent",   "gdpr",         "newsletter",      "breadcrumb",   "popup",
               "advert",      "sponsor",   "social-share", "share-bar",       "sharing",      "skip-link",
               "most-read",   "mostread",  "most-popular", "mostpopular",     "trending",     "recirc",
               "recommend",   "read-more", "readmore",     "read-next",       "also-like",    "signup",
               "sign-up",     "subscribe", "paywall",      "author-bio",      "authorbio",    "copyright",
               "share-tools", "related-",  "-related",     "more-from",       "morefrom",     "up-next",
               "upnext",      "post-nav",  "sr-only",      "visually-hidden", "screen-reader"}))
    return true;
  return has_any(words, {"-ad-",       "banner",       "combx",      "comment",  "community",  "disqus",
                         "extra",      "foot",         "header",     "legends",  "menu",       "related",
                         "remark",     "replies",      "rss",        "shoutbox", "sidebar",    "skyscraper",
                         "social",     "supplemental", "pagination", "pager",    "yom-remote", "navbar",
                         "navigation", "promo",        "teaser",     "outbrain", "taboola"}) &&
         !has_any(words, {"article", "body", "column", "content", "main", "shadow"});
}

int words_score(const HtmlNode& node) {
  const std::string words = words_of(node);
  if (words.size() < 3) return 0;
  int score = 0;
  if (has_any(words, {"article", "body", "content", "entry", "hentry", "main", "page", "post", "text", "blog",
                      "story"}))
    score += 25;
  if (has_any(words,
              {"hidden",     "banner",   "combx",    "comment", "contact", "foot",  "masthead", "media",
               "meta",       "outbrain", "promo",    "related", "scroll",  "share", "shoutbox", "sidebar",
               "skyscraper", "sponsor",  "shopping", "tags",    "widget",  "nav"}))
    score -= 25;
  return score;
}

}  // namespace rappel::extractor
