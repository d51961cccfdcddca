// TokenKeeper: the named tokens of a running server, for protocols that list and change them. A change is in
// the file of the tokens (access/token_file.h) and in force when the call returns; `rappel token` may change
// the file at the same time.
//
// All methods may be called from any thread; they wait for the disk. Errors as TokenFile.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "access/token_file.h"
#include "base/status.h"

namespace rappel {

class TokenKeeper {
 public:
  virtual ~TokenKeeper() = default;

  virtual Result<std::vector<TokenRecord>> list() = 0;
  // The token, which nobody can get again.
  virtual Result<std::string> add(TokenRecord record) = 0;
  virtual Status revoke(std::string_view name) = 0;
};

}  // namespace rappel
