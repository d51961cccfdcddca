// The tools that change documents: add and forget.
#include <utility>

#include "server/mcp/arguments.h"
#include "server/mcp/tools.h"
#include "store/metadata_json.h"

namespace rappel::mcp {
namespace {

constexpr std::size_t kMostTextBytes = std::size_t{1} << 20;

// The arguments of add that become metadata.
constexpr const char* kMetadata[] = {"title", "url", "author", "source", "created_at"};

Result<DocumentInput> document_of(const Json& arguments) {
  DocumentInput document;
  RAPPEL_ASSIGN(document.text, required_text(arguments, "add", "text"));
  if (document.text.size() > kMostTextBytes)
    return Status(Code::kInvalidArgument,
                  "the text is longer than 1 MB: add it in parts, each as a document of its own");
  RAPPEL_ASSIGN(document.id, optional_text(arguments, "id"));
  for (const char* name : kMetadata) {
    RAPPEL_ASSIGN(const auto value, optional_text(arguments, name));
    if (value) RAPPEL_TRY(read_member(name, *value, document.metadata));
  }
  return document;
}

}  // namespace

Result<Json> add_tool(const Json& arguments, const Caller& caller) {
  RAPPEL_ASSIGN(DocumentInput document, document_of(arguments));
  RAPPEL_ASSIGN(const auto ids, ask_core(caller, [&](Core& core) {
                  return core.upsert({std::move(document)}, caller.context);
                }));
  if (ids.empty())
    return Status(Code::kInvalidArgument, "the text is too short to be stored: add a sentence or more");
  return Json{{"id", ids.front()}};
}

Result<Json> forget_tool(const Json& arguments, const Caller& caller) {
  RAPPEL_ASSIGN(const std::string id, required_text(arguments, "forget", "id"));
  RAPPEL_ASSIGN(const std::size_t removed, ask_core(caller, [&](Core& core) {
                  return core.remove({.ids = {id}}, caller.context.cancel);
                }));
  if (removed == 0) return no_such_document(id);
  return Json{{"id", id}, {"removed", true}};
}

}  // namespace rappel::mcp
