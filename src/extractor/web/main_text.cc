#include "extractor/web/main_text.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "extractor/web/decoration.h"
#include "extractor/web/html_measure.h"
#include "extractor/web/html_names.h"

namespace rappel::extractor {
namespace {

constexpr std::size_t kShortPage = 3000, kEnough = 200, kParagraph = 25;

class Choice {
 public:
  explicit Choice(const HtmlNodes& nodes) : nodes_(nodes), out_{{}, std::vector<bool>(nodes.size(), false)} {}

  MainText run(bool choose) {
    leave_out([](std::uint32_t, const HtmlNode& node) { return node.tag.unread || is_permalink(node); });
    leave_out([this](std::uint32_t i, const HtmlNode& node) { return is_hidden(node) && !is_most(i); });
    out_.roots = {0};
    if (!choose) return std::move(out_);
    const MainText whole = out_;
    const std::size_t all = length(0);
    leave_out([this](std::uint32_t i, const HtmlNode& node) { return is_around(node) && !is_most(i); });
    leave_out_around_articles();
    const bool marked = take_marked();
    leave_out([this](std::uint32_t i, const HtmlNode& node) {
      return is_unlikely(node) && is_small_or_comments(i);
    });
    leave_out([this](std::uint32_t i, const HtmlNode& node) { return is_list_of_links(i, node); });
    if (!marked) take_scored();
    leave_out_decoration(nodes_, measure_, out_);
    measure();
    return enough(all) ? std::move(out_) : whole;
  }

 private:
  // Where little of a short page would be left, it is read without what is around it, or as a whole.
  bool enough(std::size_t all) {
    const auto left = [this] {
      std::size_t sum = 0;
      for (const std::uint32_t root : out_.roots) sum += length(root);
      return sum;
    };
    const std::size_t least = all < kShortPage ? all / 4 : 1;
    if (left() >= least && left() > 0) return true;
    out_.roots = {0};
    return left() >= least && left() > 0;
  }

  bool is_list_of_links(std::uint32_t i, const HtmlNode& node) const {
    const bool list = node.name == "ul" || node.name == "ol";
    if (!list && node.name != "div" && node.name != "section") return false;
    return !is_most(i) && link_share(i) > 0.6 && links(i) > (list ? 30 : 60);
  }

  // A large part of the words of a page is no decoration, whatever its name; but comments may be many.
  bool is_small_or_comments(std::uint32_t i) const {
    if (own_words(i) * 5 < own_words(0)) return true;
    return !is_most(i) && has_any(words_of(nodes_[i]), {"comment", "disqus", "replies"});
  }

  // Headers and footers of the page; those of an article belong to it.
  void leave_out_around_articles() {
    std::uint32_t inside = 0;
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
      const std::string& name = nodes_[i].name;
      if (name == "article" || name == "main" || nodes_[i].attribute("role") == "main")
        inside = std::max(inside, nodes_[i].end);
      if (i >= inside && (name == "header" || name == "footer")) out_.left_out[i] = true;
    }
    measure();
  }

  std::size_t length(std::uint32_t i) const { return measure_.length(i); }
  std::size_t links(std::uint32_t i) const { return measure_.links(i); }
  std::size_t own_words(std::uint32_t i) const { return measure_.own_words(i); }
  double link_share(std::uint32_t i) const { return measure_.link_share(i); }
  bool is_most(std::uint32_t i) const { return measure_.is_most(i); }
  void measure() { measure_ = HtmlMeasure(nodes_, out_.left_out); }
  template <class Is>
  void leave_out(const Is& is) {
    extractor::leave_out(nodes_, out_.left_out, is);
    measure();
  }

  enum class Mark { kArticleBody, kArticle, kMain };

  static bool has_mark(const HtmlNode& node, Mark mark) {
    switch (mark) {
      case Mark::kArticleBody: return node.attribute("itemprop") == "articleBody";
      case Mark::kArticle: return node.name == "article" || node.attribute("role") == "article";
      default: return node.name == "main" || node.attribute("role") == "main";
    }
  }

  // Teasers are articles too, so the largest must be most of them and a good part of the page.
  bool take_marked() {
    for (const Mark mark : {Mark::kArticleBody, Mark::kArticle, Mark::kMain}) {
      std::uint32_t best = 0;
      std::size_t together = 0;
      for (std::uint32_t i = 1; i < nodes_.size(); ++i) {
        if (out_.left_out[i]) {
          i = nodes_[i].end - 1;
        } else if (has_mark(nodes_[i], mark)) {
          together += own_words(i);
          if (best == 0 || own_words(i) > own_words(best)) best = i;
          i = nodes_[i].end - 1;
        }
      }
      if (best == 0 || own_words(best) * 10 < together * 6) continue;
      const bool enough = own_words(best) >= kEnough && own_words(best) * 10 > own_words(0) * 3;
      if (enough || (mark == Mark::kMain && own_words(best) * 2 > own_words(0))) {
        out_.roots = {best};
        return true;
      }
    }
    return false;
  }

  // Also those of Chinese, Japanese and Arabic.
  static std::size_t commas_in(std::string_view text) {
    std::size_t commas = 0;
    for (std::size_t at = text.find_first_of(",\xE3\xEF\xD8"); at != std::string_view::npos;
         at = text.find_first_of(",\xE3\xEF\xD8", at + 1))
      commas += text[at] == ',' || text.compare(at, 3, "\xE3\x80\x81") == 0 ||
                        text.compare(at, 3, "\xEF\xBC\x8C") == 0 || text.compare(at, 2, "\xD8\x8C") == 0
                    ? 1
                    : 0;
    return commas;
  }

  std::size_t commas_below(std::uint32_t i) const {
    std::size_t commas = 0;
    for (std::uint32_t at = i + 1; at < nodes_[i].end; ++at) commas += commas_in(nodes_[at].text);
    return commas;
  }

  void score() {
    scores_.assign(nodes_.size(), 0);
    std::vector<bool> seen(nodes_.size(), false);
    std::uint32_t counted = 0;  // commas are counted once for nested paragraphs
    for (std::uint32_t i = 1; i < nodes_.size(); ++i) {
      if (out_.left_out[i]) {
        i = nodes_[i].end - 1;
        continue;
      }
      if (nodes_[i].is_text() || length(i) < kParagraph || !is_paragraph(nodes_, i)) continue;
      const std::size_t commas = i < counted ? 0 : commas_below(i);
      counted = std::max(counted, nodes_[i].end);
      const double points =
          1 + static_cast<double>(commas) + std::min(static_cast<double>(length(i)) / 100, 3.0);
      double share = 1;
      std::uint32_t above = nodes_[i].parent;
      for (int up = 0; up < 4; ++up) {
        if (!seen[above]) {
          seen[above] = true;
          scores_[above] += nodes_[above].tag.main_score + words_score(nodes_[above]);
        }
        scores_[above] += points * share;
        share = up == 0 ? 0.5 : 1.0 / (3 * (up + 1));
        if (above == 0) break;
        above = nodes_[above].parent;
      }
    }
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) scores_[i] *= 1 - link_share(i);
  }

  void take_scored() {
    score();
    auto best =
        static_cast<std::uint32_t>(std::max_element(scores_.begin(), scores_.end()) - scores_.begin());
    if (scores_[best] <= 0) return;
    best = with_the_rest(best);
    if (nodes_[best].name == "body" || best == 0) return;
    out_.roots.clear();
    const std::uint32_t parent = nodes_[best].parent;
    const double threshold = std::max(10.0, scores_[best] * 0.2);
    for (std::uint32_t i = parent + 1; i < nodes_[parent].end; i = nodes_[i].end)
      if (i == best || (!out_.left_out[i] && belongs(i, best, threshold))) out_.roots.push_back(i);
  }

  // Up to the element that also holds other parts of the text, if they are long and have few links.
  std::uint32_t with_the_rest(std::uint32_t best) const {
    for (std::uint32_t above = nodes_[best].parent; above > 0 && nodes_[above].name != "body";
         above = nodes_[above].parent) {
      const std::size_t more = length(above) - length(best), of_links = links(above) - links(best);
      if (more * 2 > length(best) && of_links * 8 < more) best = above;
    }
    return best;
  }

  // Siblings of the best element that go on with it.
  bool belongs(std::uint32_t i, std::uint32_t best, double threshold) const {
    if (nodes_[i].is_text()) return length(i) > 80;
    const std::string_view same = nodes_[best].attribute("class");
    const double bonus = !same.empty() && nodes_[i].attribute("class") == same ? scores_[best] * 0.2 : 0;
    if (scores_[i] + bonus >= threshold) return true;
    const int heading = nodes_[i].tag.heading;
    if (heading > 0 && i < best) return link_share(i) < 0.5;
    return (nodes_[i].name == "p" || nodes_[i].name == "ul" || nodes_[i].name == "ol" ||
            nodes_[i].name == "pre") &&
           length(i) > 80 && link_share(i) < 0.25;
  }

  const HtmlNodes& nodes_;
  MainText out_;
  HtmlMeasure measure_;
  std::vector<double> scores_;
};

}  // namespace

MainText find_main_text(const HtmlNodes& nodes, bool choose) { return Choice(nodes).run(choose); }

}  // namespace rappel::extractor
