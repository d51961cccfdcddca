#include "extractor/xml/xml_events.h"

#include <expat.h>

#include <climits>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <type_traits>
#include <vector>

#include "extractor/xml/xml_scan.h"

namespace rappel::extractor {
namespace {

struct FreeParser {
  void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};
using Parser = std::unique_ptr<std::remove_pointer_t<XML_Parser>, FreeParser>;

// No exception crosses the parser, which is C.
struct Run {
  XML_Parser parser;
  XmlEvents& events;
  int depth = 0;
  std::vector<XmlAttribute> attributes = {};
  Status status = {};
  std::exception_ptr thrown = nullptr;

  template <class Action>
  void guard(const Action& action) {
    if (!status.ok() || thrown) return;
    try {
      status = action();
    } catch (...) {
      thrown = std::current_exception();
    }
    if (!status.ok() || thrown) XML_StopParser(parser, XML_FALSE);
  }
};

void XMLCALL on_start(void* user, const char* name, const char** attributes) {
  Run& run = *static_cast<Run*>(user);
  run.guard([&] {
    if (++run.depth > kMaxXmlDepth) return refuse_xml("is nested too deep");
    run.attributes.clear();
    for (const char** pair = attributes; *pair != nullptr; pair += 2)
      run.attributes.push_back({local_xml_name(pair[0]), pair[1]});
    return run.events.start(local_xml_name(name), XmlAttributes(run.attributes));
  });
}

void XMLCALL on_end(void* user, const char* name) {
  Run& run = *static_cast<Run*>(user);
  run.guard([&] {
    --run.depth;
    return run.events.end(local_xml_name(name));
  });
}

void XMLCALL on_text(void* user, const char* text, int length) {
  Run& run = *static_cast<Run*>(user);
  run.guard([&] { return run.events.text({text, static_cast<std::size_t>(length)}); });
}

void XMLCALL on_entity(void* user, const char*, int, const char*, int, const char*, const char*, const char*,
                       const char*) {
  Run& run = *static_cast<Run*>(user);
  run.guard([&] { return refuse_xml("declares entities, which documents do not need"); });
}

}  // namespace

Status refuse_xml(const char* why) {
  return Status(Code::kInvalidArgument, std::string("a part of the file ") + why + "; save it again");
}

Status read_xml_events(std::string_view bytes, XmlEvents& events) {
  if (const auto scanned = scan_xml(bytes, events)) return *scanned;
  if (bytes.size() > INT_MAX) return refuse_xml("is too large");
  const Parser parser(XML_ParserCreate(nullptr));
  if (!parser) throw std::bad_alloc();
  Run run{parser.get(), events};
  XML_SetUserData(parser.get(), &run);
  XML_SetElementHandler(parser.get(), on_start, on_end);
  XML_SetCharacterDataHandler(parser.get(), on_text);
  XML_SetEntityDeclHandler(parser.get(), on_entity);
  XML_SetParamEntityParsing(parser.get(), XML_PARAM_ENTITY_PARSING_NEVER);
  // One call, because the cost of a long token in pieces is quadratic.
  const auto parsed = XML_Parse(parser.get(), bytes.data(), static_cast<int>(bytes.size()), 1);
  if (run.thrown) std::rethrow_exception(run.thrown);
  RAPPEL_TRY(run.status);
  if (parsed == XML_STATUS_OK) return {};
  if (XML_GetErrorCode(parser.get()) == XML_ERROR_NO_MEMORY) throw std::bad_alloc();
  return refuse_xml("is damaged");
}

}  // namespace rappel::extractor
