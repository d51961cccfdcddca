// IndexRecall: how many of the true nearest chunks the searches of an index find, measured with stored
// vectors as queries. One pass over all vectors gives the truth: seconds for a large store.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "base/status.h"
#include "index/dense/dense_index.h"

namespace rappel::sqlite {

class Connection;

class IndexRecall {
 public:
  // Compares sampled vectors with all vectors, in the snapshot of the connection, of which `index` is the
  // index. kCancelled: `stopped` said so.
  static Result<IndexRecall> measure(Connection& db, const DenseIndex& index,
                                     const std::function<bool()>& stopped);
  // The share that searches of the index find now; it holds the rows of the one that was measured.
  Result<double> of(Connection& db, const DenseIndex& index) const;

 private:
  struct Query {
    std::vector<float> vector;
    float least = 0;  // score of the last of the true nearest
  };
  std::vector<Query> queries_;
  std::size_t wanted_ = 0;  // results of a query
};

}  // namespace rappel::sqlite
