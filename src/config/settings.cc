#include "config/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "chat/chat_judge.h"
#include "config/other_variables.h"
#include "config/version.h"
#include "net/http_client.h"
#include "server/http/auth.h"
#include "server/http/tls_context.h"
#include "server/server.h"
#include "wiring/collections.h"

namespace rappel {
namespace {

// The system this replaces wrote this token into every new installation.
constexpr char kOldDefaultToken[] = "change-me-after-install";
constexpr std::size_t kShortToken = 16;

bool is_loopback(const std::string& host) { return is_loopback_host(host) || host == "::1"; }

std::size_t size_of(const Options& options, std::string_view name) {
  return static_cast<std::size_t>(options.integer(name));
}

// The settings that both models have: EMBEDDING_MODEL and RERANK_MODEL, and so on.
ModelSettings model_settings(const Options& options, const std::string& part) {
  ModelSettings settings;
  settings.name = options.text(part + "_MODEL");
  settings.device = options.text(part + "_DEVICE");
  settings.refused_device = options.value(part + "_DEVICE").fell_back;
  settings.device_fallback = options.boolean("DEVICE_FALLBACK");
  settings.precision = options.text(part + "_PRECISION");
  settings.max_length = size_of(options, part + "_MAX_LEN");
  settings.batch_tokens = size_of(options, part + "_BATCH_TOKENS");
  return settings;
}

std::chrono::seconds seconds_of(const Options& options, std::string_view name) {
  return std::chrono::seconds(options.integer(name));
}

}  // namespace

RuntimeSettings runtime_settings(const Options& options) {
  const OptionValue& memory = options.value("RAPPEL_DEVICE_MEMORY");
  RuntimeSettings settings;
  settings.threads = static_cast<int>(options.integer("RAPPEL_THREADS"));
  settings.cpu_target = options.text("RAPPEL_CPU_TARGET");
  settings.device_memory = {static_cast<std::uint64_t>(memory.integer), memory.real};
  settings.fall_back_when_lost = !options.given("DEVICE_FALLBACK") || options.boolean("DEVICE_FALLBACK");
  return settings;
}

ModelSettings embedder_settings(const Options& options) {
  ModelSettings settings = model_settings(options, "EMBEDDING");
  // The old system's name for it. Its default is the platform's, and auto knows better when the device is
  // another.
  const OptionValue& fp16 = options.value("EMBEDDING_FP16");
  if (settings.precision == "auto" && fp16.boolean && fp16.origin != Origin::kDefault)
    settings.precision = "half";
  settings.cache.entries = 0;
  return settings;
}

QueryCacheBudget cache_budget(const Options& options) {
  return {.entries = size_of(options, "EMBEDDING_CACHE_SIZE"),
          .bytes = size_of(options, "EMBEDDING_CACHE_MB") << 20};
}

ModelSettings reranker_settings(const Options& options) {
  ModelSettings settings = model_settings(options, "RERANK");
  settings.query_max_length = size_of(options, "RERANK_QUERY_MAX_LEN");
  return settings;
}

StoreSettings store_settings(const RunContext& context) {
  StoreSettings settings;
  if (const OptionValue* kind = context.options.find("DATASTORE")) settings.kind = kind->text;
  for (const std::string& name : store_setting_names())
    if (const OptionValue* value = context.options.find(name)) settings.values[name] = value->text;
  for (const PassedVariable& variable : passed_variables())
    if (const auto it = context.variables.find(std::string(variable.name));
        variable.of_network && it != context.variables.end())
      settings.values.insert(*it);
  return settings;
}

Result<ChosenStore> chosen_store(const RunContext& context) {
  ChosenStore chosen{store_settings(context), std::nullopt};
  const OptionValue* name = context.options.find("RAPPEL_COLLECTION");
  if (name == nullptr || name->text == kDefaultCollection) return chosen;
  RAPPEL_ASSIGN(const Collections collections, Collections::beside(chosen.settings));
  RAPPEL_ASSIGN(chosen.collection, collections.find(name->text));
  RAPPEL_ASSIGN(chosen.settings, collections.store(name->text));
  return chosen;
}

RetrievalOptions in_collection(RetrievalOptions retrieval, const CollectionSettings& collection) {
  if (!collection.chunk_tokens) return retrieval;
  ChunkOptions& chunk = retrieval.chunk;
  chunk.tokens = *collection.chunk_tokens;
  chunk.overlap = std::min(collection.chunk_overlap.value_or(0), (chunk.tokens - 1) / 2);
  return retrieval;
}

std::filesystem::path local_folder(const Options& options) { return options.text("RAPPEL_DATA_DIR"); }

HubSettings hub_settings_of(const RunContext& context) {
  return hub_settings([&](const char* name) -> std::optional<std::string> {
    const auto it = context.variables.find(name);
    return it == context.variables.end() ? std::nullopt : std::optional(it->second);
  });
}

HttpClientOptions network_options(const RunContext& context) {
  const HubSettings network = hub_settings_of(context);
  HttpClientOptions http;
  http.http_proxy = network.http_proxy;
  http.https_proxy = network.https_proxy;
  http.no_proxy = network.no_proxy;
  http.ca_file = network.ca_file;
  return http;
}

Result<ChunkOptions> chunk_options(const Options& options) {
  ChunkOptions chunk;
  chunk.tokens = size_of(options, "CHUNK_SIZE");
  chunk.overlap = size_of(options, "CHUNK_OVERLAP");
  chunk.structure = options.boolean("CHUNK_STRUCTURE");
  chunk.context = options.boolean("CHUNK_CONTEXT");
  chunk.sentences =
      options.text("CHUNK_SENTENCES") == "language" ? SentenceRules::kLanguage : SentenceRules::kMarks;
  chunk.min_chars = size_of(options, "MIN_CHUNK_SIZE_CHARS");
  chunk.min_document = size_of(options, "MIN_CHUNK_LENGTH_TO_EMBED");
  if (chunk.overlap * 2 >= chunk.tokens && chunk.overlap > 0)
    return Status(Code::kInvalidArgument,
                  "CHUNK_OVERLAP=" + options.text("CHUNK_OVERLAP") +
                      ": must be less than half of CHUNK_SIZE=" + options.text("CHUNK_SIZE"))
        .with_id("setting");
  return chunk;
}

Result<std::unique_ptr<TextJudge>> text_judge(const RunContext& context) {
  const Options& options = context.options;
  ChatSettings chat;
  chat.url = options.text("RAPPEL_CHAT_URL");
  chat.model = options.text("RAPPEL_CHAT_MODEL");
  chat.key = options.text("RAPPEL_CHAT_KEY");
  chat.timeout = seconds_of(options, "RAPPEL_CHAT_TIMEOUT");
  if (chat.url.empty()) return std::unique_ptr<TextJudge>();
  if (!chat.url.starts_with("http://") && !chat.url.starts_with("https://"))
    return Status(Code::kInvalidArgument,
                  "RAPPEL_CHAT_URL: expected an http or https address, such as "
                  "http://127.0.0.1:8080/v1")
        .with_id("setting");
  if (chat.model.empty())
    return Status(Code::kInvalidArgument,
                  "RAPPEL_CHAT_URL needs RAPPEL_CHAT_MODEL, the model as the endpoint calls it")
        .with_id("setting");
  return std::unique_ptr<TextJudge>(std::make_unique<ChatJudge>(std::move(chat), network_options(context)));
}

DocumentBounds document_bounds(const Options& options) {
  return {size_of(options, "RAPPEL_MAX_ID_BYTES"), size_of(options, "RAPPEL_MAX_METADATA_KB") << 10};
}

bool stores_token_vectors(const Options& options) { return options.text("EMBEDDING_COLBERT") == "store"; }

void set_ranking_options(const Options& options, RetrievalOptions& retrieval) {
  retrieval.weights.dense = static_cast<double>(options.integer("RETRIEVAL_DENSE_WEIGHT")) / 100;
  retrieval.weights.sparse = static_cast<double>(options.integer("RETRIEVAL_SPARSE_SHARE")) / 100;
  retrieval.rerank = options.boolean("RERANK_ENABLE");
  const std::string& mode = options.text("RERANK_MODE");
  retrieval.rerank_mode = mode == "blend"     ? RerankMode::kBlend
                          : mode == "replace" ? RerankMode::kReplace
                                              : RerankMode::kAuto;
  retrieval.rerank_candidates = size_of(options, "RERANK_K");
}

RetrievalOptions query_options(const Options& options) {
  RetrievalOptions retrieval;
  set_ranking_options(options, retrieval);
  retrieval.mode = find_mode(options.text("RETRIEVAL_MODE")).value_or(SearchMode::kHybrid);
  retrieval.default_top_k = size_of(options, "RERANK_FINAL_N");
  retrieval.rerank_budget = static_cast<double>(options.integer("RERANK_BUDGET_MS"));
  retrieval.latency_budget = static_cast<double>(options.integer("LATENCY_BUDGET"));
  retrieval.unit = options.text("RAPPEL_RETURN") == "section" ? ResultUnit::kSection : ResultUnit::kChunk;
  retrieval.section_chars = size_of(options, "RAPPEL_SECTION_CHARS");
  return retrieval;
}

ReadOptions read_options(const Options& options) {
  return {.ocr = options.boolean("RAPPEL_OCR"),
          .ocr_languages = options.text("RAPPEL_OCR_LANGUAGES"),
          .ocr_time = seconds_of(options, "RAPPEL_OCR_SECONDS"),
          .office = options.text("RAPPEL_LIBREOFFICE")};
}

ServerOptions server_settings(const Options& options) {
  const auto megabytes = [&](const char* name) { return size_of(options, name) << 20; };
  ServerOptions server;
  server.host = options.text("RAG_HOST");
  server.port = static_cast<std::uint16_t>(options.integer("RAG_PORT"));
  server.require_token = !options.boolean("--no-auth");
  if (server.require_token) server.tokens = options.items("BEARER_TOKEN");
  server.cors_origins = options.items("RAPPEL_CORS_ORIGINS");
  server.public_url = options.text("RAPPEL_PUBLIC_URL");
  server.local = options.boolean("RAPPEL_LOCAL");
  server.document_url = server.public_url;
  // The old local server's documents name this address; browsers allow https pages to call no other plain
  // one.
  if (server.local && server.document_url.empty() && server.port != 0)
    server.document_url =
        fmt::format("{}://localhost:{}", options.text("TLS_CERT").empty() ? "http" : "https", server.port);
  server.result_source_id = options.boolean("RAPPEL_RESULT_SOURCE_ID");
  server.strict_models = options.boolean("STRICT_MODELS");
  server.version = kVersion;
  server.workers = static_cast<int>(options.integer("RAPPEL_WORKERS"));
  server.max_queue = size_of(options, "RAPPEL_MAX_QUEUE");
  server.max_connections = size_of(options, "RAPPEL_MAX_CONNECTIONS");
  server.max_body_bytes = megabytes("RAPPEL_MAX_BODY_MB");
  server.max_upload_bytes = megabytes("RAPPEL_MAX_UPSERT_MB");
  server.max_files_bytes = megabytes("RAPPEL_MAX_UPLOAD_MB");
  server.max_scratch_bytes = 4 * server.max_files_bytes;
  server.scratch_folder = local_folder(options);
  server.jobs.folder = local_folder(options) / "jobs";
  server.jobs.max_unfinished = size_of(options, "RAPPEL_MAX_JOBS");
  server.jobs.max_bytes = 4 * server.max_files_bytes;
  server.jobs.max_json_bytes = server.max_upload_bytes;
  server.jobs.keep = std::chrono::hours(options.integer("RAPPEL_JOB_KEEP_HOURS"));
  server.files.folder = local_folder(options) / "files";
  server.files.stores = local_folder(options) / "vector_stores";
  server.files.max_bytes = megabytes("RAPPEL_FILES_MB");
  server.mcp_write = options.boolean("MCP_WRITE");
  server.max_answer_bytes = megabytes("RAPPEL_MAX_ANSWER_MB");
  server.max_pending_bytes =
      std::max({server.max_pending_bytes, 4 * server.max_upload_bytes, 4 * server.max_answer_bytes,
                2 * (1 + kQuickBodyCopies) * server.max_body_bytes});
  server.request_timeout = seconds_of(options, "RAPPEL_REQUEST_TIMEOUT");
  server.upload_timeout = 10 * server.request_timeout;
  server.stop_timeout = seconds_of(options, "RAPPEL_STOP_TIMEOUT");
  server.reading = read_options(options);
  return server;
}

Status usable_tokens(const Options& options) {
  const auto& tokens = options.items("BEARER_TOKEN");
  if (tokens.empty())
    return Status(Code::kInvalidArgument,
                  "BEARER_TOKEN is not set: put a long random token into .env (for example `openssl rand "
                  "-hex 32`), or "
                  "use --no-auth on a loopback address")
        .with_id("token");
  if (std::find(tokens.begin(), tokens.end(), kOldDefaultToken) != tokens.end())
    return Status(Code::kInvalidArgument,
                  std::string("BEARER_TOKEN is the well-known ") + kOldDefaultToken +
                      ": replace it by a random one (for example `openssl rand -hex 32`)")
        .with_id("token");
  return {};
}

Result<std::shared_ptr<const TlsContext>> load_tls(const Options& options) {
  const std::string &certificate = options.text("TLS_CERT"), &key = options.text("TLS_KEY");
  if (!certificate.empty())
    return TlsContext::load({certificate, key.empty() ? certificate : key}, TlsContext::Clock::now());
  if (!key.empty())
    return Status(Code::kInvalidArgument,
                  "TLS_KEY is set without TLS_CERT: name the certificate of this key in TLS_CERT")
        .with_id("tls");
  return std::shared_ptr<const TlsContext>();
}

bool speaks_in_the_clear(const Options& options) {
  return options.text("TLS_CERT").empty() && !is_loopback(options.text("RAG_HOST"));
}

Status try_to_listen(const Options& options) {
  ServerOptions server;
  server.host = options.text("RAG_HOST");
  server.port = static_cast<std::uint16_t>(options.integer("RAG_PORT"));
  server.tokens = {"none that anybody has"};
  server.version = kVersion;
  std::string log;
  const auto logger = Logger::to_string(&log);
  return Server::start(std::move(server), logger.get()).status();
}

Status check_tokens(const Options& options, Logger& logger) {
  const bool no_auth = options.boolean("--no-auth");
  if (no_auth && !is_loopback(options.text("RAG_HOST")))
    return Status(Code::kInvalidArgument, "--no-auth is for a loopback address only; " +
                                              options.text("RAG_HOST") +
                                              " can be reached from elsewhere: set BEARER_TOKEN instead")
        .with_id("token");
  if (no_auth) {
    logger.warn("--no-auth: every user and program of this machine may read and change the documents");
    return {};
  }
  RAPPEL_TRY(usable_tokens(options));
  for (const std::string& token : options.items("BEARER_TOKEN")) {
    if (token.size() < kShortToken)
      logger.warn("a token of BEARER_TOKEN is only {} characters long and may be guessed", token.size());
  }
  return {};
}

}  // namespace rappel
