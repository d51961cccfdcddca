// Shelf: what the routes of files and vector stores share: the files of clients, those in vector stores, and
// the words of refusals.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core_gate.h"
#include "server/http/request.h"
#include "server/http/response.h"
#include "server/input/model_errors.h"
#include "server/protocol_context.h"
#include "server/vector_stores/files_in_stores.h"
#include "server/vector_stores/paging.h"
#include "server/vector_stores/uploaded_files.h"

namespace rappel {

struct Shelf {
  Shelf(const ProtocolContext& context, UploadedFiles& kept, FilesInStores& in_stores)
      : gate(context.gate),
        options(context.options),
        logger(context.logger),
        files(kept),
        stores(in_stores) {}

  const CoreGate& gate;
  const ProtocolOptions& options;
  Logger* const logger;
  UploadedFiles& files;
  FilesInStores& stores;
  GoneItems gone;
};

using ShelfHandler = Response (*)(Shelf& shelf, const Request& request);

// A file belongs to the token that sent it, and to administrators without a filter.
bool may_see(const Principal& principal, const UploadedFile& file);
std::optional<UploadedFile> find_file(Shelf& shelf, const Request& request, std::string_view id);

Response bad_value(std::string message, std::string param, int status = 400);
Response no_such_file();
// {"id","object","deleted":true}
Response deleted_response(std::string_view id, std::string_view object);
// The response after the disk has failed, which goes to the log. `what` completes "cannot be kept".
Response not_kept(const Shelf& shelf, const Request& request, const Status& failure, std::string_view what);

}  // namespace rappel
