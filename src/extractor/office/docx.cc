#include "extractor/office/docx.h"

#include <set>
#include <utility>

#include "extractor/office/docx_blocks.h"
#include "extractor/office/flat_text.h"

namespace rappel::extractor {
namespace {

// Footnotes, endnotes or comments by id.
struct Notes {
  XmlTree tree;
  Relations relations;
  std::map<std::string, XmlNode, std::less<>> by_id;
  std::set<std::string, std::less<>> given;
};

class DocxReader {
 public:
  DocxReader(const Package& package, ContentSink& sink)
      : sink_(sink), document_{package}, main_(main_part(package, "word/document.xml")) {}

  Status read() {
    if (document_.package.size_of(main_) > kMaxTreeBytes) {
      RAPPEL_TRY(give_core_properties(document_.package, sink_));
      return give_flat_text(*document_.package.find(main_), FlatFormat::kWord, sink_);
    }
    relations_ = read_relations(document_.package, main_);
    RAPPEL_TRY(load_tables());  // first, for the largest tree takes the memory of these again
    XmlTree tree;
    RAPPEL_ASSIGN(const bool found, load_part(document_.package, main_, tree, sink_));
    const XmlNode body = child(tree.document_element(), "w:body");
    if (!found || !body)
      return Status(Code::kInvalidArgument,
                    "the document has no text part; open it in Word and save it again");
    RAPPEL_TRY(give_core_properties(document_.package, sink_));
    for (const XmlNode each : tree.document_element().children("w:body")) RAPPEL_TRY(give_body(each));
    RAPPEL_TRY(give_footnotes());
    RAPPEL_TRY(give_running_text());
    RAPPEL_TRY(give_alternative_chunks(body));
    return give_embedded_files(document_.package, "word/embeddings/", sink_);
  }

 private:
  Status load_tables() {
    const Package& package = document_.package;
    XmlTree styles, numbering;
    RAPPEL_ASSIGN(const bool styled, load_part(package, target_of_type(relations_, "styles"), styles, sink_));
    if (styled) document_.styles.load(styles.document_element());
    RAPPEL_ASSIGN(const bool numbered,
                  load_part(package, target_of_type(relations_, "numbering"), numbering, sink_));
    if (numbered) document_.numbering.load(numbering.document_element());
    RAPPEL_TRY(load_notes(footnotes_, "footnotes"));
    RAPPEL_TRY(load_notes(endnotes_, "endnotes"));
    return load_notes(comments_, "comments");
  }

  Status load_notes(Notes& notes, const char* type) {
    const std::string part = target_of_type(relations_, type);
    RAPPEL_ASSIGN(const bool found, load_part(document_.package, part, notes.tree, sink_));
    if (!found) return {};
    notes.relations = read_relations(document_.package, part);
    for (const XmlNode note : notes.tree.document_element().children())
      if (!attribute(note, "w:type").starts_with("sep") && !attribute(note, "w:type").starts_with("cont"))
        notes.by_id.emplace(attribute(note, "w:id"), note);
    return {};
  }

  Status give_body(XmlNode body) {
    DocxBlocks blocks(document_, relations_);
    const Give give = [&](Block block) {
      RAPPEL_TRY(sink_.block(std::move(block)));
      return take_notes(blocks);
    };
    return blocks.give_all(body, give);
  }

  Status give_footnotes() {
    for (const NoteReference& note : footnote_references_) RAPPEL_TRY(give_note(note));
    for (const NoteReference& note : endnote_references_) RAPPEL_TRY(give_note(note));
    return {};
  }

  Status take_notes(DocxBlocks& blocks) {
    for (const NoteReference& note : blocks.take_notes()) {
      if (note.kind == NoteKind::kComment)
        RAPPEL_TRY(give_note(note));
      else
        (note.kind == NoteKind::kFootnote ? footnote_references_ : endnote_references_).push_back(note);
    }
    return {};
  }

  Notes& notes_of(NoteKind kind) {
    if (kind == NoteKind::kFootnote) return footnotes_;
    return kind == NoteKind::kEndnote ? endnotes_ : comments_;
  }

  Status give_note(const NoteReference& reference) {
    Notes& notes = notes_of(reference.kind);
    const auto found = notes.by_id.find(reference.id);
    if (found == notes.by_id.end() || !notes.given.insert(reference.id).second) return {};
    std::string text;
    RAPPEL_TRY(DocxBlocks(document_, notes.relations).give_all(found->second, into(text)));
    if (text.empty()) return {};
    const std::string author = tidy(std::string(attribute(found->second, "w:author")));
    if (!author.empty()) text = author + ": " + text;
    return sink_.block({.kind = BlockKind::kNote, .text = std::move(text)});
  }

  // Headers and footers, each text once; page numbers alone are none.
  Status give_running_text() {
    std::set<std::string> given;
    for (const auto& [id, relation] : relations_) {
      if (relation.type != "header" && relation.type != "footer") continue;
      if (!document_.given.insert(relation.target).second) continue;
      XmlTree tree;
      RAPPEL_ASSIGN(const bool found, load_part(document_.package, relation.target, tree, sink_));
      if (!found) continue;
      std::string text;
      const Relations relations = read_relations(document_.package, relation.target);
      RAPPEL_TRY(DocxBlocks(document_, relations).give_all(tree.document_element(), into(text)));
      if (text.find_first_not_of("0123456789 \n\t-/.") == std::string::npos) continue;
      if (given.insert(text).second)
        RAPPEL_TRY(sink_.block({.kind = BlockKind::kNote, .text = std::move(text)}));
    }
    return {};
  }

  // w:altChunk: a file of another type that belongs to the text.
  Status give_alternative_chunks(XmlNode body) {
    for (const XmlNode node : body.children("w:altChunk")) {
      const std::string part = target_of(relations_, attribute(node, "r:id"));
      const std::string* bytes = document_.package.find(part);
      if (bytes != nullptr && document_.given.insert(part).second)
        RAPPEL_TRY(sink_.attachment({part.substr(part.rfind('/') + 1), "", *bytes}));
    }
    return {};
  }

  ContentSink& sink_;
  DocxDocument document_;
  const std::string main_;
  Relations relations_;
  Notes footnotes_, endnotes_, comments_;
  std::vector<NoteReference> footnote_references_, endnote_references_;
};

}  // namespace

Status read_docx(const Source& source, ContentSink& sink) {
  RAPPEL_ASSIGN(const Package package, Package::open(source.bytes, sink));
  return DocxReader(package, sink).read();
}

}  // namespace rappel::extractor
