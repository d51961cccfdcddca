#include "server/core.h"

#include <utility>

namespace rappel {
namespace {

class RetrievalCore : public Core {
 public:
  explicit RetrievalCore(Retrieval& retrieval) : retrieval_(retrieval) {}
  Result<std::vector<std::string>> upsert(std::vector<DocumentInput> documents, std::stop_token cancel) override {
    return retrieval_.upsert(std::move(documents), std::move(cancel));
  }
  Result<std::vector<QueryOutput>> query(const std::vector<QueryInput>& queries, std::stop_token cancel) override {
    return retrieval_.query(queries, std::move(cancel));
  }
  Result<std::size_t> remove(const DeleteInput& request) override { return retrieval_.remove(request); }
  Result<DocumentPage> list(const Filter& filter, std::size_t offset, std::size_t limit) override {
    return retrieval_.list(filter, offset, limit);
  }

 private:
  Retrieval& retrieval_;
};

}  // namespace

std::unique_ptr<Core> retrieval_core(Retrieval& retrieval) { return std::make_unique<RetrievalCore>(retrieval); }

}  // namespace rappel
