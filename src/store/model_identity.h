// ModelIdentity: which embedding model made a set of vectors. A store keeps it and refuses another model's
// data.
#pragma once

#include <string>

namespace rappel {

struct ModelIdentity {
  std::string name;  // as configured: "BAAI/bge-m3" or a folder; for messages where there is a revision
  int dimension = 0;
  std::string revision;  // digest of the model's files, empty when unknown
};

}  // namespace rappel
