#include "extractor/office/math.h"

namespace rappel::extractor {
namespace {

constexpr int kDepth = 64;

std::string text_of(XmlNode node, int depth);

std::string below(XmlNode node, int depth) {
  std::string text;
  for (const XmlNode part : node.children()) text += text_of(part, depth);
  return text;
}

std::string part(XmlNode node, const char* name, int depth) { return below(child(node, name), depth); }

// In parentheses unless it is one sign or number.
std::string grouped(const std::string& text) {
  const bool plain = text.find_first_of("+-*/^_ =<>,") == std::string::npos;
  return plain ? text : '(' + text + ')';
}

std::string raised(const char* sign, const std::string& text) {
  return text.empty() ? "" : sign + grouped(text);
}

std::string delimited(XmlNode node, int depth) {
  const XmlNode properties = child(node, "m:dPr");
  const auto sign = [&](const char* name, const char* usual) {
    const XmlNode given = child(properties, name);
    return given ? std::string(attribute(given, "m:val")) : usual;
  };
  std::string text = sign("m:begChr", "(");
  for (const XmlNode element : node.children("m:e")) {
    if (element.previous_sibling("m:e")) text += sign("m:sepChr", "|");
    text += below(element, depth);
  }
  return text + sign("m:endChr", ")");
}

std::string rows(XmlNode node, int depth) {
  std::string text;
  for (const XmlNode row : node.children("m:mr")) {
    if (!text.empty()) text += "; ";
    for (const XmlNode element : row.children("m:e")) {
      if (element.previous_sibling("m:e")) text += ", ";
      text += below(element, depth);
    }
  }
  return text;
}

std::string operation(XmlNode node, int depth) {
  const XmlNode sign = child(child(node, "m:naryPr"), "m:chr");
  return (sign ? std::string(attribute(sign, "m:val")) : "∫") + raised("_", part(node, "m:sub", depth)) +
         raised("^", part(node, "m:sup", depth)) + ' ' + part(node, "m:e", depth);
}

std::string text_of(XmlNode node, int depth) {
  if (depth == 0) return all_text(node);
  --depth;
  const std::string_view name = name_of(node);
  if (name == "m:t" || name == "w:t") return all_text(node);
  if (name.ends_with("Pr")) return "";
  if (name == "m:f") return grouped(part(node, "m:num", depth)) + '/' + grouped(part(node, "m:den", depth));
  if (name == "m:sSup" || name == "m:sSub" || name == "m:sSubSup")
    return part(node, "m:e", depth) + raised("_", part(node, "m:sub", depth)) +
           raised("^", part(node, "m:sup", depth));
  if (name == "m:rad") return part(node, "m:deg", depth) + "√(" + part(node, "m:e", depth) + ')';
  if (name == "m:d") return delimited(node, depth);
  if (name == "m:m") return rows(node, depth);
  if (name == "m:nary") return operation(node, depth);
  return below(node, depth);
}

}  // namespace

std::string math_text(XmlNode node) { return text_of(node, kDepth); }

}  // namespace rappel::extractor
