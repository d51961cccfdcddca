#include <fmt/format.h>

#include <utility>

#include "base/os/random.h"
#include "server/vector_stores/store_input.h"
#include "server/vector_stores/store_json.h"
#include "server/vector_stores/stored_file_list.h"
#include "server/vector_stores/stored_file_routes.h"

namespace rappel {
namespace {

constexpr std::size_t kMostFiles = 2000;
constexpr std::size_t kListed = 20, kMostListed = 100;

std::vector<StoredFile> files_of(Shelf& shelf, const Request& request, const ReachedStore& store,
                                 const FileBatch& batch) {
  std::vector<StoredFile> files;
  for (const std::string& id : batch.files)
    if (auto file = find_stored(shelf, request, store, id)) files.push_back(std::move(*file));
  return files;
}

Response batch_response(Shelf& shelf, const Request& request, const ReachedStore& store,
                        const FileBatch& batch) {
  const std::vector<StoredFile> files = files_of(shelf, request, store, batch);
  bool in_progress = false;
  for (const StoredFile& file : files) in_progress = in_progress || file.state == FileState::kInProgress;
  JsonWriter out;
  write_batch(out, store.id(), batch, files);
  return polled(out.take(), in_progress && !batch.cancelled);
}

struct Found {
  ReachedStore store;
  FileBatch batch;
};

std::variant<Found, Response> find(Shelf& shelf, const Request& request) {
  auto reached = reach_store(shelf, request);
  if (auto* refusal = std::get_if<Response>(&reached)) return std::move(*refusal);
  auto& store = std::get<ReachedStore>(reached);
  auto batch = shelf.stores.batch(store.name(), request.head.parameter("batch"));
  const Principal& principal = *request.head.principal;
  if (!batch || (principal.is_bound() && principal.id != batch->owner))
    return bad_value("There is no such batch in this vector store, or it is older than the last 200",
                     "batch_id", 404);
  return Found{std::move(store), std::move(*batch)};
}

// `files`: [{file_id, attributes, chunking_strategy}].
std::variant<std::vector<StoredFile>, Response> read_files(Shelf& shelf, const Request& request,
                                                           const JsonValue& value) {
  const auto* items = value.as<JsonArray>();
  if (items == nullptr || items->size() > kMostFiles)
    return bad_value(fmt::format("`files` must be a list of at most {} objects", kMostFiles), "files");
  std::vector<StoredFile> files;
  for (std::size_t i = 0; i < items->size(); ++i) {
    const std::string param = fmt::format("files[{}]", i);
    const auto* object = (*items)[i].as<JsonObject>();
    if (object == nullptr) return bad_value("`" + param + "` must be an object", param);
    auto own = read_file_defaults(shelf, request, *object);
    if (auto* refusal = std::get_if<Response>(&own)) return std::move(*refusal);
    auto file = stored_file_of(shelf, request, find_member(*object, "file_id"),
                               std::get<FileDefaults>(std::move(own)), param + ".file_id");
    if (auto* refusal = std::get_if<Response>(&file)) return std::move(*refusal);
    add_once(files, std::get<StoredFile>(std::move(file)));
  }
  return files;
}

std::variant<std::vector<StoredFile>, Response> read_batch(Shelf& shelf, const Request& request,
                                                           const JsonObject& object) {
  const LenientObject body(object);
  const JsonValue* const ids = body.find("file_ids");
  const JsonValue* const files = body.find("files");
  if ((ids == nullptr) == (files == nullptr))
    return bad_value("send either `file_ids` or `files`, with 1 to 2000 files", "file_ids");
  if (files != nullptr) return read_files(shelf, request, *files);
  auto defaults = read_file_defaults(shelf, request, object);
  if (auto* refusal = std::get_if<Response>(&defaults)) return std::move(*refusal);
  return read_file_ids(shelf, request, *ids, kMostFiles, std::get<FileDefaults>(defaults));
}

}  // namespace

Response add_batch(Shelf& shelf, const Request& request) {
  auto reached = reach_store(shelf, request);
  if (auto* refusal = std::get_if<Response>(&reached)) return std::move(*refusal);
  const auto& store = std::get<ReachedStore>(reached);
  if (has_expired(shelf, store.collection)) return expired_response();
  auto read = read_store_body(request);
  if (auto* refusal = std::get_if<Response>(&read)) return std::move(*refusal);
  auto named = read_batch(shelf, request, std::get<ModelBody>(read).object());
  if (auto* refusal = std::get_if<Response>(&named)) return std::move(*refusal);
  auto& files = std::get<std::vector<StoredFile>>(named);
  if (files.empty()) return bad_value("a batch needs at least one file", "file_ids");
  FileBatch batch{"vsfb_" + random_hex(16), request.head.principal->id, now_us(), {}, false};
  for (const StoredFile& file : files) batch.files.push_back(file.file_id);
  if (const Status added = shelf.stores.add(store.name(), std::move(files), &batch); !added.ok())
    return add_failure(shelf, request, added);
  shelf.stores.note_active(store.name());
  return batch_response(shelf, request, store, batch);
}

Response show_batch(Shelf& shelf, const Request& request) {
  auto found = find(shelf, request);
  if (auto* refusal = std::get_if<Response>(&found)) return std::move(*refusal);
  const auto& [store, batch] = std::get<Found>(found);
  return batch_response(shelf, request, store, batch);
}

Response cancel_batch(Shelf& shelf, const Request& request) {
  auto found = find(shelf, request);
  if (auto* refusal = std::get_if<Response>(&found)) return std::move(*refusal);
  const auto& [store, batch] = std::get<Found>(found);
  if (const Status cancelled = shelf.stores.cancel(store.name(), batch.id); !cancelled.ok())
    return not_kept(shelf, request, cancelled, "batch");
  const auto now = shelf.stores.batch(store.name(), batch.id);
  return batch_response(shelf, request, store, now ? *now : batch);
}

Response list_batch_files(Shelf& shelf, const Request& request) {
  auto found = find(shelf, request);
  if (auto* refusal = std::get_if<Response>(&found)) return std::move(*refusal);
  const auto& [store, batch] = std::get<Found>(found);
  return stored_files_page(shelf, request, store.id(), files_of(shelf, request, store, batch));
}

Response stored_files_page(Shelf& shelf, const Request& request, const std::string& store_id,
                           std::vector<StoredFile> files) {
  const auto query = read_page_query(request.head.query_string, kListed, kMostListed);
  if (const auto* fault = std::get_if<InputFault>(&query)) return model_fault(*fault);
  if (const std::string filter = query_text(request.head.query_string, "filter"); !filter.empty()) {
    const auto state = parse_file_state(filter);
    if (!state) return bad_value("`filter` must be in_progress, completed, failed or cancelled", "filter");
    std::erase_if(files, [&](const StoredFile& file) { return file.state != *state; });
  }
  std::vector<PagePlace> places;
  for (const StoredFile& file : files) places.push_back({file.created_us, file.file_id});
  const auto page = page_of(places, std::get<PageQuery>(query), shelf.gone);
  if (const auto* fault = std::get_if<InputFault>(&page)) return model_fault(*fault);
  return Response::json(page_json(places, std::get<Page>(page), [&](JsonWriter& out, std::size_t i) {
    write_stored_file(out, store_id, files[i]);
  }));
}

}  // namespace rappel
