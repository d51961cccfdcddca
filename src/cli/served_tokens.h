// ServedTokens: the tokens of a running server, BEARER_TOKEN and those of TokenFile. They are read again on
// SIGHUP, and changed by protocols (server/token_keeper.h). A settings file or a file of tokens that cannot
// be used changes nothing.
//
// reload() is called by one thread, the others by any.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "access/token_file.h"
#include "cli/command.h"
#include "server/token_keeper.h"

namespace rappel {

class Server;

class ServedTokens final : public TokenKeeper {
 public:
  // The context outlives this.
  explicit ServedTokens(const CommandContext& context);

  // Those that a server starts with.
  Result<std::vector<KnownToken>> known();
  // Changes reach the server from now on; null: nobody.
  void serve(Server* server);

  // All of them, as `fresh` and the file of tokens say now; tells the logger what changed.
  void reload(const Result<Options>& fresh);

  Result<std::vector<TokenRecord>> list() override { return file_.read(); }
  Result<std::string> add(TokenRecord record) override;
  Status revoke(std::string_view name) override;

 private:
  // Reads the named ones, under the mutex.
  Status take_named();
  Status take(const Options& fresh);

  const CommandContext& context_;
  const TokenFile file_;
  std::mutex mutex_;
  Server* server_ = nullptr;
  std::vector<std::string> bearer_;  // BEARER_TOKEN
  std::vector<std::string> named_;   // digests
};

}  // namespace rappel
