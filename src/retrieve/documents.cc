#include "retrieve/documents.h"

#include "base/cancelled.h"
#include "store/filter_tree.h"
#include "store/removal.h"

namespace rappel {

Result<std::size_t> remove_documents(DocumentStore& store, const DeleteInput& request,
                                     const std::stop_token& cancel) {
  if (cancel.stop_requested()) return request_cancelled();
  if (request.delete_all) return store.remove(Filter::all());
  const bool filtered = request.filter && !is_empty(*request.filter);
  if (request.ids.empty() && !filtered)
    return Status(Code::kInvalidArgument, "One of ids, filter, or delete_all is required");
  if (filtered) RAPPEL_TRY(check_removal(*request.filter));
  std::size_t removed = 0;
  if (!request.ids.empty()) {
    RAPPEL_ASSIGN(const std::size_t count, store.remove(request.ids));
    removed += count;
  }
  if (filtered) {
    if (cancel.stop_requested()) return request_cancelled();
    RAPPEL_ASSIGN(const std::size_t count, store.remove(*request.filter));
    removed += count;
  }
  return removed;
}

}  // namespace rappel
