#include "extractor/office/pptx.h"

#include <algorithm>
#include <utility>

#include "extractor/office/drawing.h"
#include "extractor/office/pptx_slide.h"
#include "extractor/office/xml_part.h"

namespace rappel::extractor {
namespace {

class PptxReader {
 public:
  PptxReader(const Package& package, ContentSink& sink)
      : package_(package),
        sink_(sink),
        main_(main_part(package, "ppt/presentation.xml")),
        relations_(read_relations(package, main_)),
        layouts_(package) {}

  Status read() {
    RAPPEL_TRY(give_core_properties(package_, sink_));
    RAPPEL_ASSIGN(const std::vector<std::string> slides, list_slides());
    if (slides.empty())
      return Status(Code::kInvalidArgument,
                    "the presentation has no slides; open it in PowerPoint and save it again");
    load_authors();
    for (const std::string& slide : slides) RAPPEL_TRY(give_slide(slide));
    return give_embedded_files(package_, "ppt/embeddings/", sink_);
  }

 private:
  Result<std::vector<std::string>> list_slides() {
    XmlTree tree;
    RAPPEL_ASSIGN(const bool found, load_part(package_, main_, tree, sink_));
    const XmlNode list = child(tree.document_element(), "p:sldIdLst");
    if (!found || !list) return numbered_parts(package_, "ppt/slides/");
    std::vector<std::string> slides;
    std::set<std::string> known;
    for (const XmlNode slide : list.children("p:sldId"))
      if (std::string part = target_of(relations_, attribute(slide, "r:id")); known.insert(part).second)
        slides.push_back(std::move(part));
    const bool lost = std::none_of(slides.begin(), slides.end(),
                                   [&](const std::string& part) { return package_.contains(part); });
    return lost ? numbered_parts(package_, "ppt/slides/") : slides;
  }

  void load_authors() {
    XmlTree tree;
    if (!load_xml_part(package_, target_of_type(relations_, "commentAuthors"), XmlSpace::kInText, tree))
      return;
    for (const XmlNode author : tree.document_element().children("p:cmAuthor"))
      authors_.emplace(attribute(author, "id"), attribute(author, "name"));
  }

  Status give_slide(const std::string& part) {
    XmlTree tree;
    RAPPEL_ASSIGN(const bool found, load_part(package_, part, tree, sink_));
    const XmlNode slide = tree.document_element();
    const std::string_view show = attribute(slide, "show");
    RAPPEL_TRY(sink_.part({PartKind::kSlide, "", !show.empty() && !is_on(show)}));
    if (!found) return sink_.warning("a slide is missing in the file");
    const Relations relations = read_relations(package_, part);
    const Give give = [&](Block block) { return sink_.block(std::move(block)); };
    RAPPEL_TRY(PptxSlide(package_, layouts_, relations, given_)
                   .give_tree(child(child(slide, "p:cSld"), "p:spTree"), give));
    RAPPEL_TRY(give_notes(target_of_type(relations, "notesSlide")));
    return give_comments(target_of_type(relations, "comments"));
  }

  Status give_notes(const std::string& part) {
    XmlTree tree;
    if (!package_.contains(part) || !given_.insert(part).second) return {};
    if (!load_xml_part(package_, part, XmlSpace::kInText, tree)) return {};
    const XmlNode shapes = child(child(tree.document_element(), "p:cSld"), "p:spTree");
    for (const XmlNode shape : shapes.children("p:sp")) {
      const XmlNode placeholder = child(child(child(shape, "p:nvSpPr"), "p:nvPr"), "p:ph");
      if (placeholder && attribute(placeholder, "type") != "body") continue;
      std::string text;
      RAPPEL_TRY(give_drawing_body(child(shape, "p:txBody"), BlockKind::kNote, into(text)));
      RAPPEL_TRY(sink_.block({.kind = BlockKind::kNote, .text = std::move(text)}));
    }
    return {};
  }

  // p:cm with p:text, and the newer ones with a body of paragraphs and replies.
  Status give_comments(const std::string& part) {
    XmlTree tree;
    if (!package_.contains(part) || !given_.insert(part).second) return {};
    if (!load_xml_part(package_, part, XmlSpace::kInText, tree)) return {};
    for (const XmlNode comment : tree.document_element().children()) {
      std::string text = tidy(all_text(child(comment, "p:text")));
      RAPPEL_TRY(give_drawing_body(comment, BlockKind::kNote, into(text)));
      const auto author = authors_.find(attribute(comment, "authorId"));
      if (author != authors_.end() && !text.empty()) text = tidy(author->second) + ": " + text;
      RAPPEL_TRY(sink_.block({.kind = BlockKind::kNote, .text = std::move(text)}));
    }
    return {};
  }

  const Package& package_;
  ContentSink& sink_;
  const std::string main_;
  const Relations relations_;
  PptxLayouts layouts_;
  std::set<std::string> given_;  // texts and parts that stand once
  std::map<std::string, std::string, std::less<>> authors_;
};

}  // namespace

Status read_pptx(const Source& source, ContentSink& sink) {
  RAPPEL_ASSIGN(const Package package, Package::open(source.bytes, sink));
  return PptxReader(package, sink).read();
}

}  // namespace rappel::extractor
