#include "server/input/documents.h"

#include "server/input/members.h"
#include "server/input/metadata.h"

namespace rappel {
namespace {

std::optional<std::string> optional_id(const JsonObject& object, const FieldPath& path, FieldErrors& errors) {
  const JsonValue* value = given_member(object, "id");
  return value ? read_text(*value, path.member("id"), errors) : std::nullopt;
}

DocumentInput read_document(const JsonValue& value, const FieldPath& path, FieldErrors& errors) {
  DocumentInput document;
  const JsonObject* object = read_object(value, path, errors);
  if (!object) return document;
  document.id = optional_id(*object, path, errors);
  if (document.id && document.id->empty())
    document.id.reset();  // as in the old service: "" asks for a new id
  if (const JsonValue* text = required_member(*object, "text", path, errors))
    document.text = read_text(*text, path.member("text"), errors).value_or("");
  if (const JsonValue* metadata = given_member(*object, "metadata"))
    document.metadata =
        read_metadata(*metadata, document.id ? &*document.id : nullptr, path.member("metadata"), errors);
  add_fields_beside_text(*object, document.metadata);
  return document;
}

}  // namespace

std::vector<DocumentInput> read_upsert_request(const JsonValue& body, std::size_t max_documents,
                                               FieldErrors& errors) {
  std::vector<DocumentInput> documents;
  const JsonArray* items = required_array(body, "documents", max_documents, errors);
  const FieldPath path = kBodyPath.member("documents");
  if (items) documents.reserve(items->size());
  for (std::size_t i = 0; items && i < items->size() && !errors.full(); ++i)
    documents.push_back(read_document((*items)[i], path.item(i), errors));
  return documents;
}

std::size_t memory_of_documents(const JsonValue& body, std::size_t max_documents) {
  FieldErrors ignored;
  const JsonArray* items = required_array(body, "documents", max_documents, ignored);
  return items ? items->size() * sizeof(DocumentInput) : 0;
}

}  // namespace rappel
