#include "server/vector_stores/store_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "access/bound_filter.h"
#include "embed/embedder.h"
#include "retrieve/ingest.h"

namespace rappel {
namespace {

constexpr std::int64_t kLeastTokens = 100, kMostTokens = 4096;
constexpr const char* kExpiry = "expires_after";
constexpr const char* kStrategy = "chunking_strategy";

std::optional<InputFault> read_expiry(const JsonValue& value, CollectionSettings& settings) {
  const auto* object = value.as<JsonObject>();
  if (object == nullptr) return InputFault{"`expires_after` must be an object", kExpiry};
  LenientObject expiry(*object);
  const auto anchor = expiry.text("anchor");
  const auto days = expiry.integer("days");
  if (anchor != "last_active_at" || !days || *days < 1 || *days > 365)
    return InputFault{"`expires_after` must have the anchor last_active_at and 1 to 365 days", kExpiry};
  settings.expire_days = *days;
  return std::nullopt;
}

std::optional<InputFault> read_pairs(const JsonValue& value, CollectionSettings& settings) {
  const auto* object = value.as<JsonObject>();
  if (object == nullptr) return InputFault{"`metadata` must be an object", "metadata"};
  settings.metadata.clear();
  for (const auto& [key, member] : *object) {
    const auto* text = member.as<std::string>();
    if (text == nullptr) return InputFault{"the values of `metadata` must be strings", "metadata"};
    settings.metadata[key] = *text;
  }
  return std::nullopt;
}

Response strategy_fault(std::string rule) {
  return bad_value("`chunking_strategy` " + std::move(rule), kStrategy);
}

// Nothing: auto.
std::variant<std::optional<ChunkSizes>, Response> read_chunks(Shelf& shelf, const Request& request,
                                                              const JsonValue& value) {
  const auto* object = value.as<JsonObject>();
  const JsonValue* const type = object != nullptr ? find_member(*object, "type") : nullptr;
  const auto* name = type != nullptr ? type->as<std::string>() : nullptr;
  if (name != nullptr && *name == "auto") return std::optional<ChunkSizes>();
  const JsonValue* const inner =
      name != nullptr && *name == "static" ? find_member(*object, "static") : nullptr;
  if (inner == nullptr || inner->as<JsonObject>() == nullptr)
    return strategy_fault("must be {\"type\":\"auto\"} or {\"type\":\"static\",\"static\":{..}}");
  LenientObject sizes(*inner->as<JsonObject>());
  const auto tokens = sizes.integer("max_chunk_size_tokens");
  const auto overlap = sizes.integer("chunk_overlap_tokens");
  if (!tokens || *tokens < kLeastTokens || *tokens > kMostTokens)
    return strategy_fault("needs max_chunk_size_tokens between 100 and 4096");
  if (!overlap || *overlap < 0 || *overlap * 2 > *tokens)
    return strategy_fault("needs chunk_overlap_tokens from 0 to half of max_chunk_size_tokens");
  const auto models = shelf.gate.core(request.head).models(request.abandoned);
  if (!models.ok()) return store_failure(shelf, request, models.status());
  const ChunkSizes asked{static_cast<std::size_t>(*tokens), static_cast<std::size_t>(*overlap)};
  const ChunkOptions fitted =
      fit_chunks({.tokens = asked.tokens, .overlap = asked.overlap}, (*models).embedder);
  if (fitted.tokens != asked.tokens)
    return strategy_fault(
        fmt::format("asks for chunks that the model of this server cannot read whole: "
                    "max_chunk_size_tokens is at most {}",
                    fitted.tokens));
  return std::optional(asked);
}

// The values of a token's filter stand in every document that it stores: other ones cannot be kept.
std::optional<InputFault> check_bound(const Principal& principal, const Attributes& attributes) {
  if (!principal.is_bound()) return std::nullopt;
  const auto stamps = stamps_of(principal.bound);
  if (!stamps.ok()) return std::nullopt;  // the token may not write, which is refused elsewhere
  for (const auto& [key, value] : *stamps)
    if (const auto it = attributes.find(key); it != attributes.end() && !equal_values(it->second, value))
      return InputFault{"`attributes` has another value for a key than the filter of the token",
                        "attributes"};
  return std::nullopt;
}

}  // namespace

std::variant<ModelBody, Response> read_store_body(const Request& request, bool may_be_empty) {
  if (may_be_empty && request.body.empty()) return ModelBody{JsonValue{JsonObject()}, {}};
  auto body = read_model_body(request);
  if (const auto* refusal = std::get_if<Refusal>(&body)) return model_refusal(*refusal);
  return std::get<ModelBody>(std::move(body));
}

std::optional<InputFault> read_store_settings(LenientObject& body, CollectionSettings& settings) {
  if (const auto name = body.text("name")) settings.title = *name;
  if (const auto description = body.text("description")) settings.description = *description;
  if (body.fault()) return body.fault();
  if (const JsonValue* metadata = body.find("metadata"))
    if (auto fault = read_pairs(*metadata, settings)) return fault;
  if (const JsonValue* expiry = body.find(kExpiry)) return read_expiry(*expiry, settings);
  return std::nullopt;
}

std::variant<FileDefaults, Response> read_file_defaults(Shelf& shelf, const Request& request,
                                                        const JsonObject& object, FileDefaults fallback) {
  const LenientObject body(object);
  if (const JsonValue* value = body.find("attributes")) {
    auto read = read_attributes(*value, "attributes");
    if (const auto* fault = std::get_if<InputFault>(&read)) return model_fault(*fault);
    fallback.attributes = std::get<Attributes>(std::move(read));
  }
  if (const auto fault = check_bound(*request.head.principal, fallback.attributes))
    return model_fault(*fault);
  if (const JsonValue* value = body.find(kStrategy)) {
    auto read = read_chunks(shelf, request, *value);
    if (auto* refusal = std::get_if<Response>(&read)) return std::move(*refusal);
    fallback.chunks = std::get<std::optional<ChunkSizes>>(read);
  }
  return fallback;
}

std::variant<StoredFile, Response> stored_file_of(Shelf& shelf, const Request& request, const JsonValue* id,
                                                  FileDefaults defaults, const std::string& param) {
  const auto* text = id != nullptr ? id->as<std::string>() : nullptr;
  if (text == nullptr) return bad_value("`" + param + "` must be the id of a file", param);
  const auto file = find_file(shelf, request, *text);
  if (!file) return bad_value("`" + param + "` names no file of this token", param, 404);
  StoredFile stored;
  stored.file_id = file->id;
  stored.name = file->name;
  stored.content_type = file->content_type;
  stored.owner = request.head.principal->id;
  stored.bytes = file->bytes;
  stored.created_us = now_us();
  stored.attributes = std::move(defaults.attributes);
  stored.chunks = defaults.chunks;
  return stored;
}

void add_once(std::vector<StoredFile>& files, StoredFile file) {
  const auto same = std::find_if(files.begin(), files.end(),
                                 [&](const StoredFile& other) { return other.file_id == file.file_id; });
  if (same == files.end())
    files.push_back(std::move(file));
  else
    *same = std::move(file);
}

std::variant<std::vector<StoredFile>, Response> read_file_ids(Shelf& shelf, const Request& request,
                                                              const JsonValue& value, std::size_t most,
                                                              const FileDefaults& defaults) {
  const auto* ids = value.as<JsonArray>();
  if (ids == nullptr || ids->size() > most)
    return bad_value(fmt::format("`file_ids` must be a list of at most {} ids", most), "file_ids");
  std::vector<StoredFile> files;
  for (std::size_t i = 0; i < ids->size(); ++i) {
    auto file = stored_file_of(shelf, request, &(*ids)[i], defaults, fmt::format("file_ids[{}]", i));
    if (auto* refusal = std::get_if<Response>(&file)) return std::move(*refusal);
    add_once(files, std::get<StoredFile>(std::move(file)));
  }
  return files;
}

}  // namespace rappel
