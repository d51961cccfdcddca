// From options to the typed settings of the parts below. Each function asks only for options that its
// commands have.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "base/status.h"
#include "config/run_context.h"
#include "hub/hub.h"
#include "ingest/extract/read_options.h"
#include "retrieve/retrieval.h"
#include "store/collection.h"
#include "wiring/runtime.h"
#include "wiring/stores.h"

namespace rappel {

struct HttpClientOptions;
struct ServerOptions;
class TextJudge;
class TlsContext;

RuntimeSettings runtime_settings(const Options& options);  // every command that computes, devices
ModelSettings embedder_settings(const Options& options);   // embed, and every command with a store
QueryCacheBudget cache_budget(const Options& options);     // serve, bench
ModelSettings reranker_settings(const Options& options);   // rerank, query, serve
// From the options that the command has, and the variables of the network.
StoreSettings store_settings(const RunContext& context);

struct ChosenStore {
  StoreSettings settings;
  std::optional<CollectionSettings> collection;  // nothing: the default one
};
// The store of --collection, for the commands that have it. kNotFound.
Result<ChosenStore> chosen_store(const RunContext& context);
// `retrieval` with what the collection sets itself.
RetrievalOptions in_collection(RetrievalOptions retrieval, const CollectionSettings& collection);

// The folder of this machine for files that are not the store's: results of bench, the log of the quickstart.
std::filesystem::path local_folder(const Options& options);  // every command with RAPPEL_DATA_DIR
HubSettings hub_settings_of(const RunContext& context);
// Proxies and certificates of the variables of the network.
HttpClientOptions network_options(const RunContext& context);

// serve, ingest. kInvalidArgument when the overlap does not fit the chunk size.
Result<ChunkOptions> chunk_options(const Options& options);
// serve, ingest.
DocumentBounds document_bounds(const Options& options);
// serve, ingest, extract: how files are read.
ReadOptions read_options(const Options& options);
// serve, ingest: null unless RAPPEL_CHAT_URL is set. kInvalidArgument: an address that is none, or no model.
Result<std::unique_ptr<TextJudge>> text_judge(const RunContext& context);
// serve, ingest: whether a vector for each token is stored.
bool stores_token_vectors(const Options& options);
// query, serve, eval: how signals are fused and results are reranked, into `retrieval`.
void set_ranking_options(const Options& options, RetrievalOptions& retrieval);
// query, serve: everything but the chunks.
RetrievalOptions query_options(const Options& options);

// serve. Its callbacks (health, metrics) are the caller's to set.
ServerOptions server_settings(const Options& options);

// serve, check: the certificate of TLS_CERT and TLS_KEY; null when there is none to serve with.
Result<std::shared_ptr<const TlsContext>> load_tls(const Options& options);
// serve: whether the server can be reached from elsewhere, while what it says can be read on the way.
bool speaks_in_the_clear(const Options& options);

// The result of listening at RAG_HOST and RAG_PORT, as serve does; accepts no connection. Needs these
// options.
Status try_to_listen(const Options& options);

// Whether BEARER_TOKEN holds tokens that serve takes. Needs that option.
Status usable_tokens(const Options& options);
// serve: whether its tokens will do, before anything is loaded. Weak spots are logged.
Status check_tokens(const Options& options, Logger& logger);

}  // namespace rappel
