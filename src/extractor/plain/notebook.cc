#include "extractor/plain/notebook.h"

#include <string>

#include "codec/json.h"
#include "extractor/plain/encoding.h"
#include "extractor/plain/json_text.h"
#include "extractor/plain/lines.h"
#include "extractor/plain/markdown.h"

namespace rappel::extractor {
namespace {

const Json kNull;

const Json& member(const Json& object, const char* key) {
  if (!object.is_object()) return kNull;
  const auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

// A string, or an array of strings that belong together.
std::string text_of_member(const Json& object, const char* key) {
  const Json& value = member(object, key);
  if (value.is_string()) return value.get_ref<const std::string&>();
  std::string text;
  if (value.is_array())
    for (const Json& line : value)
      if (line.is_string()) text += line.get_ref<const std::string&>();
  return text;
}

Status give_output(const Json& output, ContentSink& sink) {
  std::string text = text_of_member(output, "text");
  if (text.empty()) text = text_of_member(member(output, "data"), "text/plain");
  if (text.empty() && member(output, "evalue").is_string())
    text = text_of_member(output, "ename") + ": " + text_of_member(output, "evalue");
  return give_text(text, BlockKind::kParagraph, sink);
}

Status give_cell(const Json& cell, ContentSink& sink) {
  const std::string type = text_of_member(cell, "cell_type");
  std::string text = text_of_member(cell, "source");
  if (text.empty()) text = text_of_member(cell, "input");  // before version 4
  if (type == "markdown" || type == "heading") return give_markdown(text, sink);
  if (type == "raw") return give_paragraphs(text, BlockKind::kParagraph, sink);
  RAPPEL_TRY(give_text(text, BlockKind::kCode, sink));
  const Json& outputs = member(cell, "outputs");
  if (!outputs.is_array()) return {};
  for (const Json& output : outputs) RAPPEL_TRY(give_output(output, sink));
  return {};
}

Status give_cells(const Json& cells, ContentSink& sink) {
  if (!cells.is_array()) return {};
  for (const Json& cell : cells) RAPPEL_TRY(give_cell(cell, sink));
  return {};
}

}  // namespace

Status read_notebook(const Source& source, ContentSink& sink) {
  std::string text;
  RAPPEL_TRY(decode_text(source.bytes, source.charset, sink, text));
  const auto notebook = parse_json(text);
  if (!notebook.ok()) {
    RAPPEL_TRY(sink.warning("it is not a notebook, but was read as JSON"));
    bool sound = true;
    return give_json(text, sink, sound);
  }
  const Json& metadata = member(*notebook, "metadata");
  RAPPEL_TRY(sink.property("title", text_of_member(metadata, "title")));
  RAPPEL_TRY(give_cells(member(*notebook, "cells"), sink));
  const Json& sheets = member(*notebook, "worksheets");  // before version 4
  if (!sheets.is_array()) return {};
  for (const Json& sheet : sheets) RAPPEL_TRY(give_cells(member(sheet, "cells"), sink));
  return {};
}

}  // namespace rappel::extractor
