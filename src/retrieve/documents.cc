#include "retrieve/documents.h"

#include "base/cancelled.h"

namespace rappel {

Result<std::size_t> remove_documents(DocumentStore& store, const DeleteInput& request,
                                     const std::stop_token& cancel) {
  if (cancel.stop_requested()) return request_cancelled();
  if (request.delete_all) return store.remove(Filter::all());
  const bool filtered = request.filter && !request.filter->unrestricted();
  if (request.ids.empty() && !filtered)
    return Status(Code::kInvalidArgument, "One of ids, filter, or delete_all is required");
  if (filtered && request.filter->selects_by_absence())
    return Status(
        Code::kInvalidArgument,
        "exists: false, ne, nin and not on a metadata key cannot select what is removed, because a misspelt "
        "key would select everything; list these documents and remove them by id");
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
