// The Hub's HTTP interface, as far as a pull needs it:
//
//   GET  <endpoint>/api/models/<repository>/revision/<revision>
//        JSON: "sha" (the commit), "siblings": [{"rfilename": ..}]
//   HEAD <endpoint>/<repository>/resolve/<commit>/<file>
//        headers: X-Repo-Commit; ETag and Content-Length, or for large files a redirect with X-Linked-Etag
//        and X-Linked-Size
//   GET  the same
//        the content, perhaps after redirects to other hosts
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/status.h"
#include "hub/hub.h"
#include "net/http_client.h"
#include "net/retry.h"

namespace rappel::hub {

struct RemoteFile {
  std::string name;
  std::string etag;                    // SHA-256, or git blob id
  std::optional<std::uint64_t> bytes;  // unknown when the server does not say
};

struct RemoteRevision {
  std::string commit;
  std::vector<std::string> files;  // as the server names them, the safe ones (names.h)
};

// Thread-safe. The settings, client and note must outlive it.
class Api {
 public:
  Api(const HubSettings& settings, const HttpClient& client, ModelName model, Retry::Note note)
      : settings_(settings), client_(client), model_(std::move(model)), note_(std::move(note)) {}

  Result<RemoteRevision> revision(const std::stop_token& cancel) const;
  // `name` is safe (names.h).
  Result<RemoteFile> file(const std::string& commit, const std::string& name,
                          const std::stop_token& cancel) const;
  // A GET of the content, to be completed with a range and a sink.
  HttpRequest content(const std::string& commit, const std::string& name,
                      const std::stop_token& cancel) const;

  // The meaning of a status that is not 2xx, and the remedy. `file` is empty for the repository itself.
  Status explain(const HttpResponse& response, const std::string& file) const;

  const std::string& repository() const { return model_.repository; }
  const Retry::Note& note() const { return note_; }

 private:
  Result<HttpResponse> send(const HttpRequest& request, const std::string& file, bool first) const;
  std::string page() const { return settings_.endpoint + "/" + model_.repository; }

  const HubSettings& settings_;
  const HttpClient& client_;
  ModelName model_;
  Retry::Note note_;
};

}  // namespace rappel::hub
