#include "server/vector_stores/vector_stores.h"

#include <deque>
#include <mutex>
#include <utility>

#include "base/log.h"
#include "server/documents/assets.h"
#include "server/vector_stores/file_routes.h"
#include "server/vector_stores/store_routes.h"
#include "server/vector_stores/store_workers.h"
#include "server/vector_stores/stored_file_routes.h"

namespace rappel {
namespace {

constexpr std::size_t kWorkers = 2;
constexpr const char* kRoots[] = {"/v1", "", "/openai/v1"};

struct TableRow {
  std::string_view path;
  Method method;
  Work work;
  Scope scope;
  ShelfHandler handler;
};

constexpr TableRow kTable[] = {
    {"/files", Method::kPost, Work::kFiles, Scope::kWrite, upload_file},
    {"/files", Method::kGet, Work::kQuick, Scope::kRead, list_files},
    {"/files/{id}", Method::kGet, Work::kQuick, Scope::kRead, show_file},
    {"/files/{id}", Method::kDelete, Work::kQuick, Scope::kWrite, delete_file},
    {"/files/{id}/content", Method::kGet, Work::kUpload, Scope::kRead, file_content},
    {"/vector_stores", Method::kPost, Work::kQuick, Scope::kAdmin, create_store},
    {"/vector_stores", Method::kGet, Work::kQuick, Scope::kRead, list_stores},
    {"/vector_stores/{store}", Method::kGet, Work::kQuick, Scope::kRead, show_store},
    {"/vector_stores/{store}", Method::kPost, Work::kQuick, Scope::kAdmin, change_store},
    {"/vector_stores/{store}", Method::kDelete, Work::kQuick, Scope::kAdmin, delete_store},
    {"/vector_stores/{store}/search", Method::kPost, Work::kQuick, Scope::kRead, search_store},
    {"/vector_stores/{store}/files", Method::kPost, Work::kQuick, Scope::kWrite, add_stored_file},
    {"/vector_stores/{store}/files", Method::kGet, Work::kQuick, Scope::kRead, list_stored_files},
    {"/vector_stores/{store}/files/{file}", Method::kGet, Work::kQuick, Scope::kRead, show_stored_file},
    {"/vector_stores/{store}/files/{file}", Method::kPost, Work::kUpload, Scope::kWrite, change_stored_file},
    {"/vector_stores/{store}/files/{file}", Method::kDelete, Work::kQuick, Scope::kWrite, remove_stored_file},
    {"/vector_stores/{store}/files/{file}/content", Method::kGet, Work::kQuick, Scope::kRead,
     stored_file_content},
    {"/vector_stores/{store}/file_batches", Method::kPost, Work::kQuick, Scope::kWrite, add_batch},
    {"/vector_stores/{store}/file_batches/{batch}", Method::kGet, Work::kQuick, Scope::kRead, show_batch},
    {"/vector_stores/{store}/file_batches/{batch}/cancel", Method::kPost, Work::kQuick, Scope::kWrite,
     cancel_batch},
    {"/vector_stores/{store}/file_batches/{batch}/files", Method::kGet, Work::kQuick, Scope::kRead,
     list_batch_files},
};

class VectorStores : public Protocol {
 public:
  explicit VectorStores(const ProtocolContext& context);

  std::string_view name() const override { return "vector_stores"; }
  std::span<const Route> routes() const override { return routes_; }
  bool ignores_trailing_slash() const override { return true; }
  Response refuse(const Refusal& refusal) const override { return model_refusal(refusal); }
  // The documents of the old local server speak of no token.
  std::string_view openapi() const override {
    return context_.options.local ? std::string_view() : asset("vector-stores-api.json");
  }

 private:
  Route route(std::string_view path, const TableRow& row) const;
  // Opened by the first call; null: they cannot be used, and the log has said why.
  Shelf* shelf() const;
  bool open() const;

  const ProtocolContext context_;
  mutable std::mutex mutex_;  // guards the opening
  mutable bool opened_ = false;
  mutable std::unique_ptr<UploadedFiles> files_;
  mutable std::unique_ptr<FilesInStores> stores_;
  mutable std::unique_ptr<Shelf> shelf_;           // uses the two above
  mutable std::unique_ptr<StoreWorkers> workers_;  // uses them too
  std::deque<std::string> paths_;
  std::vector<Route> routes_;
};

VectorStores::VectorStores(const ProtocolContext& context) : context_(context) {
  for (const char* root : kRoots)
    for (const TableRow& row : kTable)
      routes_.push_back(route(paths_.emplace_back(std::string(root) + std::string(row.path)), row));
  std::error_code ignored;
  if (std::filesystem::exists(context.options.files.folder, ignored))
    (void)shelf();  // goes on with what is there
}

Route VectorStores::route(std::string_view path, const TableRow& row) const {
  std::vector<Method> methods{row.method};
  if (row.method == Method::kGet) methods.push_back(Method::kHead);
  return {.path = path,
          .methods = std::move(methods),
          .work = row.work,
          .access = Access::kToken,
          .handle =
              [this, handler = row.handler](const Request& request) {
                Shelf* const open = shelf();
                return open != nullptr
                           ? handler(*open, request)
                           : refuse({Refusal::Reason::kNotReady,
                                     "Files cannot be kept, the server's log says why", kOperatorSeconds});
              },
          .admit = [this](const RequestHead& head) { return context_.gate.refuse_early(head); },
          .scope = row.scope};
}

Shelf* VectorStores::shelf() const {
  const std::lock_guard lock(mutex_);
  if (!opened_) opened_ = open();
  return opened_ ? shelf_.get() : nullptr;
}

bool VectorStores::open() const {
  const FileOptions& options = context_.options.files;
  if (options.folder.empty()) return false;
  files_ = std::make_unique<UploadedFiles>(options.folder, UploadedFiles::Limits{.bytes = options.max_bytes},
                                           context_.logger);
  if (const Status opened = files_->open(); !opened.ok()) {
    if (context_.logger != nullptr)
      context_.logger->error("files of clients cannot be kept: {}", opened.to_string());
    return false;
  }
  stores_ = std::make_unique<FilesInStores>(options.stores, FilesInStores::Limits(), context_.logger);
  stores_->open();
  shelf_ = std::make_unique<Shelf>(context_, *files_, *stores_);
  workers_ = std::make_unique<StoreWorkers>(*stores_, *files_, context_.gate, kWorkers, context_.options);
  return true;
}

}  // namespace

std::unique_ptr<Protocol> vector_stores_protocol(const ProtocolContext& context) {
  return std::make_unique<VectorStores>(context);
}

}  // namespace rappel
