// The one table of settings; see options.h for what a line drives. After a change run `rappel options --markdown >
// docs/configuration.md` (a test compares them).
#include "cli/options.h"

namespace rappel {
namespace {

constexpr unsigned kModels = kEmbedCommand | kRerankCommand | kServeCommand | kIngestCommand | kQueryCommand;
constexpr unsigned kStores = kServeCommand | kIngestCommand | kQueryCommand | kListCommand | kDeleteCommand;
// Commands that open the store load the embedder too: its identity is what the stored vectors are checked against.
// Those that look at the machine, and at whether the models work on it.
constexpr unsigned kTuners = kOptimizeCommand | kSetupCommand;
constexpr unsigned kTimers = kBenchCommand | kCompareCommand;
constexpr unsigned kTools = kCheckCommand | kTuners | kTimers;
constexpr unsigned kEmbedders = kEmbedCommand | kStores | kTools;
constexpr unsigned kRerankers = kRerankCommand | kServeCommand | kQueryCommand | kTools;
constexpr unsigned kHub = kModels | kStores | kModelCommand | kTools;
constexpr unsigned kAll = kHub | kConfigCommand | kDevicesCommand;

constexpr char kDevices[] = "auto|cpu|reference";
constexpr char kOtherDevices[] = "mps|cuda|gpu";
constexpr char kDeviceSynonyms[] = "metal=mps|mps:0=mps|cpu:0=cpu";  // PyTorch numbers them too
constexpr char kDeviceRefusal[] =
    "unset it, or set DEVICE_FALLBACK=true to fall back to the CPU";
constexpr char kPrecisions[] = "auto|float32|tf32|half|bfloat16|w8a16|int8";
constexpr char kPrecisionSynonyms[] = 
    "fp32=float32|f32=float32|float=float32|float16=half|fp16=half|f16=half|bf16=bfloat16|i8=int8|q8=int8";
constexpr char kOtherPrecisions[] = "float64|fp64|fp8|int4|q4|q5|q6";
constexpr char kPrecisionRefusal[] = "weights are kept as float32, tf32, half, bfloat16, w8a16 or int8; use auto or one of them";

constexpr OptionSpec kTable[] = {
    // General
    {.variable = "RAPPEL_ENV_FILE", .flag = "--env-file", .type = OptionType::kPath, .value_name = "FILE",
     .fallback = {".env"}, .commands = kAll, .group = "General",
     .help = "File with settings, in the form of .env. A file that is named must exist; the default may be missing."},
    {.variable = "LOG_LEVEL", .flag = "--log-level", .type = OptionType::kChoice, .value_name = "LEVEL",
     .fallback = {"auto"}, .choices = "auto|debug|info|warn|error|off",
     .synonyms = "trace=debug|notset=debug|warning=warn|critical=error|fatal=error", .commands = kAll, .group = "General",
     .help = "How much is logged to standard error; auto is info for serve and warn for the other commands."},
    {.variable = "RAPPEL_THREADS", .flag = "--threads", .type = OptionType::kInteger, .value_name = "N",
     .fallback = {"0"}, .min = 0, .max = 1024,
     .commands = kModels | kStores | kTools | kConfigCommand | kDevicesCommand,
     .group = "General",
     .help = "Compute threads; 0 is what the machine gives this process (affinity and cgroup quota)."},
    {.variable = "RAPPEL_CPU_TARGET", .flag = "--cpu-target", .value_name = "NAME", .fallback = {"auto"},
     .commands = kModels | kStores | kTools | kConfigCommand | kDevicesCommand, .group = "General",
     .help = "Instruction set that the CPU computes with, as `rappel devices` lists them; auto is the fastest."},
    {.variable = "DEVICE_FALLBACK", .old_names = "PYTORCH_ENABLE_MPS_FALLBACK", .flag = "--device-fallback",
     .type = OptionType::kBoolean, .fallback = {"false"},
     .commands = kModels | kStores | kTools | kConfigCommand | kDevicesCommand, .group = "General",
     .help = "true: use the CPU when the device that is asked for does not exist, instead of refusing to start. false: nor "
             "when it is lost at work, requests are refused then. Unset: refuse to start, but outlive a loss."},
    {.variable = "RAPPEL_DEVICE_MEMORY", .old_names = "PYTORCH_MPS_HIGH_WATERMARK_RATIO", .flag = "--device-memory",
     .type = OptionType::kMemory, .value_name = "SIZE", .fallback = {"0"},
     .commands = kModels | kStores | kTools | kConfigCommand | kDevicesCommand, .group = "General",
     .help = "Most memory that models and their batches take on a device: bytes (2G, 512M) or a share of what it has (50%, "
             "0.5); 0 is no limit. Where it is short, batches get smaller. Mapped model files do not count."},

    // Embedding
    {.variable = "EMBEDDING_MODEL", .flag = "--embedding-model", .local_flag = "--model", .local_in = kEmbedCommand,
     .value_name = "MODEL", .fallback = {"BAAI/bge-m3"}, .commands = kEmbedders | kConfigCommand, .group = "Embedding",
     .help = "The embedding model: a folder, or a Hub name with an optional @revision (see `rappel model pull`)."},
    {.variable = "EMBEDDING_DEVICE", .flag = "--embedding-device", .local_flag = "--device", .local_in = kEmbedCommand,
     .type = OptionType::kChoice, .value_name = "DEVICE", .fallback = {"auto"}, .choices = kDevices,
     .synonyms = kDeviceSynonyms, .refused = kOtherDevices, .refusal = kDeviceRefusal, .falls_back = true,
     .commands = kEmbedders | kConfigCommand, .group = "Embedding",
     .help = "Where the embedder computes; builds with Metal or CUDA know mps, cuda and cuda:N too, and auto prefers them."},
    {.variable = "EMBEDDING_PRECISION", .flag = "--embedding-precision", .local_flag = "--precision",
     .local_in = kEmbedCommand, .type = OptionType::kChoice, .value_name = "PRECISION", .fallback = {"auto"},
     .choices = kPrecisions, .synonyms = kPrecisionSynonyms, .refused = kOtherPrecisions, .refusal = kPrecisionRefusal,
     .commands = kEmbedders | kConfigCommand, .group = "Embedding",
     .help = "Number format of the embedder's weights; auto is the fastest whose loss of quality is negligible: int8 on CPUs, half on "
             "GPUs. tf32 and bfloat16 are float32 and half where the device has no such form."},
    {.variable = "EMBEDDING_FP16", .type = OptionType::kBoolean, .fallback = {"false", "true", "false"},
     .commands = kEmbedders | kConfigCommand, .group = "Embedding",
     .help = "true is EMBEDDING_PRECISION=half, unless that says otherwise; false leaves the choice to it."},
    {.variable = "EMBEDDING_MAX_LEN", .flag = "--embedding-max-length", .local_flag = "--max-length",
     .local_in = kEmbedCommand, .type = OptionType::kInteger, .value_name = "TOKENS", .fallback = {"4096", "8192", "8192"},
     .min = 1, .max = 1 << 20, .commands = kEmbedders | kConfigCommand, .group = "Embedding",
     .help = "Tokens of a text that count, special tokens included; never more than the model takes."},
    {.variable = "EMBEDDING_BATCH", .old_names = "OPENAI_EMBEDDING_BATCH_SIZE", .flag = "--embedding-batch",
     .local_flag = "--batch", .local_in = kEmbedCommand | kIngestCommand, .type = OptionType::kInteger, .value_name = "N",
     .fallback = {"16", "64", "32"}, .min = 1, .max = 1024, .commands = kEmbedCommand | kIngestCommand | kConfigCommand,
     .group = "Embedding",
     .help = "Texts or documents that embed and ingest take at a time; an ingested batch is one transaction."},
    {.variable = "EMBEDDING_BATCH_TOKENS", .flag = "--embedding-batch-tokens", .local_flag = "--batch-tokens",
     .local_in = kEmbedCommand, .type = OptionType::kInteger, .value_name = "TOKENS", .fallback = {"0"}, .min = 0,
     .max = 1 << 20, .commands = kEmbedders | kConfigCommand, .group = "Embedding",
     .help = "Tokens per forward pass, which bounds the memory it needs; 0 is what serve measures at its start to be best."},
    {.variable = "EMBEDDING_CACHE_SIZE", .flag = "--embedding-cache-size", .type = OptionType::kInteger,
     .value_name = "N", .fallback = {"2000"}, .min = 0, .max = 10'000'000,
     .commands = kServeCommand | kBenchCommand | kConfigCommand,
     .group = "Embedding", .help = "Query embeddings kept in memory, least recently used first out; 0 keeps none."},
    {.flag = "--outputs", .type = OptionType::kList, .value_name = "LIST", .fallback = {"dense"},
     .commands = kEmbedCommand, .group = "Embedding",
     .help = "What to compute, separated by commas: dense, sparse, colbert (the last two where the model has the head)."},
    {.flag = "--dimensions", .type = OptionType::kInteger, .value_name = "N", .fallback = {"0"}, .min = 0, .max = 1 << 20,
     .commands = kEmbedCommand, .group = "Embedding",
     .help = "Keep the first N components of dense and ColBERT vectors (cut before they are normalised); 0 keeps all."},
    {.flag = "--ids", .type = OptionType::kBoolean, .fallback = {"false"}, .commands = kEmbedCommand,
     .group = "Embedding", .help = "Also give the token ids (input_ids)."},
    {.flag = "--role", .type = OptionType::kChoice, .value_name = "ROLE", .fallback = {"plain"},
     .choices = "plain|query|document", .commands = kEmbedCommand, .group = "Embedding",
     .help = "Put the model's prefix for queries or for documents before each text (most models have none)."},

    // Reranking
    {.variable = "RERANK_ENABLE", .flag = "--rerank", .type = OptionType::kBoolean, .fallback = {"true"},
     .commands = kServeCommand | kQueryCommand | kTools | kConfigCommand, .group = "Reranking",
     .help = "Reorder the first candidates of a query with the reranker."},
    {.variable = "RERANK_MODEL", .flag = "--rerank-model", .local_flag = "--model", .local_in = kRerankCommand,
     .value_name = "MODEL", .fallback = {"BAAI/bge-reranker-v2-m3"}, .commands = kRerankers | kConfigCommand,
     .group = "Reranking", .help = "The reranker: a folder, or a Hub name with an optional @revision."},
    {.variable = "RERANK_DEVICE", .flag = "--rerank-device", .local_flag = "--device", .local_in = kRerankCommand,
     .type = OptionType::kChoice, .value_name = "DEVICE", .fallback = {"auto"}, .choices = kDevices,
     .synonyms = kDeviceSynonyms, .refused = kOtherDevices, .refusal = kDeviceRefusal, .falls_back = true,
     .commands = kRerankers | kConfigCommand, .group = "Reranking",
     .help = "Where the reranker computes; builds with Metal or CUDA know mps, cuda and cuda:N too, and auto prefers them."},
    {.variable = "RERANK_PRECISION", .flag = "--rerank-precision", .local_flag = "--precision",
     .local_in = kRerankCommand, .type = OptionType::kChoice, .value_name = "PRECISION", .fallback = {"auto"},
     .choices = kPrecisions, .synonyms = kPrecisionSynonyms, .refused = kOtherPrecisions, .refusal = kPrecisionRefusal,
     .commands = kRerankers | kConfigCommand, .group = "Reranking",
     .help = "Number format of the reranker's weights; auto is the fastest whose loss of quality is negligible: int8 on CPUs, half on "
             "GPUs. tf32 and bfloat16 are float32 and half where the device has no such form."},
    {.variable = "RERANK_MODE", .flag = "--rerank-mode", .type = OptionType::kChoice, .value_name = "MODE",
     .fallback = {"replace"}, .choices = "replace|blend", .commands = kServeCommand | kQueryCommand | kConfigCommand,
     .group = "Reranking",
     .help = "replace: the reranker's order stands alone. blend: fused with the first order by reciprocal rank, for "
             "small rerankers."},
    {.variable = "RERANK_K", .flag = "--rerank-k", .type = OptionType::kInteger, .value_name = "N",
     .fallback = {"5", "10", "5"}, .min = 1, .max = 1000,
     .commands = kServeCommand | kQueryCommand | kBenchCommand | kConfigCommand,
     .group = "Reranking", .help = "Candidates shown to the reranker; never fewer than the results asked for."},
    {.variable = "RERANK_FINAL_N", .flag = "--rerank-final-n", .local_flag = "--top-k", .local_in = kQueryCommand,
     .type = OptionType::kInteger, .value_name = "N", .fallback = {"3", "5", "3"}, .min = 1, .max = 1000,
     .commands = kServeCommand | kQueryCommand | kConfigCommand, .group = "Reranking",
     .help = "Results of a query that names no top_k."},
    {.variable = "RERANK_MAX_LEN", .flag = "--rerank-max-length", .local_flag = "--max-length",
     .local_in = kRerankCommand, .type = OptionType::kInteger, .value_name = "TOKENS", .fallback = {"512"}, .min = 1,
     .max = 1 << 20, .commands = kRerankers | kConfigCommand, .group = "Reranking",
     .help = "Tokens of query and passage together that count, special tokens included."},
    {.variable = "RERANK_QUERY_MAX_LEN", .flag = "--rerank-query-max-length", .local_flag = "--query-max-length",
     .local_in = kRerankCommand, .type = OptionType::kInteger, .value_name = "TOKENS", .fallback = {"0"}, .min = 0,
     .max = 1 << 20, .commands = kRerankers | kConfigCommand, .group = "Reranking",
     .help = "Tokens of the query that count; 0 is three quarters of the whole."},
    {.variable = "RERANK_BATCH_TOKENS", .flag = "--rerank-batch-tokens", .local_flag = "--batch-tokens",
     .local_in = kRerankCommand, .type = OptionType::kInteger, .value_name = "TOKENS", .fallback = {"0"}, .min = 0,
     .max = 1 << 20, .commands = kRerankers | kConfigCommand, .group = "Reranking",
     .help = "Tokens per forward pass of the reranker; 0 is what serve measures at its start to be best."},
    {.flag = "--raw", .type = OptionType::kBoolean, .fallback = {"false"}, .commands = kRerankCommand,
     .group = "Reranking", .help = "Give the model's logits instead of scores between 0 and 1."},

    // Store and chunks
    {.variable = "RAPPEL_DATA_DIR", .flag = "--data-dir", .type = OptionType::kPath, .value_name = "FOLDER",
     .fallback = {"{data}/rappel"}, .commands = kStores | kTuners | kBenchCommand | kConfigCommand, .group = "Store",
     .help = "Folder of the stored documents; made when missing."},
    {.variable = "DATASTORE", .flag = "--datastore", .type = OptionType::kChoice, .value_name = "NAME",
     .fallback = {"sqlite"}, .choices = "sqlite",
     .refused = "chroma|llama|pinecone|weaviate|milvus|zilliz|redis|azurecosmosdb|qdrant|azuresearch|supabase|postgres|"
                "analyticdb|elasticsearch|mongodb",
     .refusal = "this build has the embedded store only; set DATASTORE=sqlite (or remove the line) and ingest again",
     .commands = kStores | kConfigCommand, .group = "Store", .help = "Where documents and vectors are kept."},
    {.variable = "CHUNK_SIZE", .flag = "--chunk-size", .type = OptionType::kInteger, .value_name = "TOKENS",
     .fallback = {"200"}, .min = 16, .max = 8192, .commands = kServeCommand | kIngestCommand | kConfigCommand,
     .group = "Store", .help = "Tokens per chunk, about."},
    {.variable = "CHUNK_OVERLAP", .flag = "--chunk-overlap", .type = OptionType::kInteger, .value_name = "TOKENS",
     .fallback = {"0"}, .min = 0, .max = 4095, .commands = kServeCommand | kIngestCommand | kConfigCommand,
     .group = "Store", .help = "Tokens repeated from the chunk before; less than half of CHUNK_SIZE."},
    {.variable = "MIN_CHUNK_SIZE_CHARS", .flag = "--chunk-min-chars", .type = OptionType::kInteger,
     .value_name = "CHARS", .fallback = {"350"}, .min = 0, .max = 1'000'000,
     .commands = kServeCommand | kIngestCommand | kConfigCommand, .group = "Store",
     .help = "A chunk may end at a sentence once it is longer than this many characters."},
    {.variable = "MIN_CHUNK_LENGTH_TO_EMBED", .flag = "--min-document-chars", .type = OptionType::kInteger,
     .value_name = "CHARS", .fallback = {"5"}, .min = 0, .max = 1'000'000,
     .commands = kServeCommand | kIngestCommand | kConfigCommand, .group = "Store",
     .help = "Texts of at most this many characters are not stored."},

    // Ingest, query, list, delete
    {.variable = "RAPPEL_MAX_FILE_MB", .flag = "--max-file-mb", .type = OptionType::kInteger, .value_name = "MB",
     .fallback = {"64"}, .min = 1, .max = 4096, .commands = kIngestCommand | kConfigCommand, .group = "Ingest and query",
     .help = "Larger files and longer manifest lines are skipped and reported."},
    {.flag = "--force", .type = OptionType::kBoolean, .fallback = {"false"}, .commands = kIngestCommand,
     .group = "Ingest and query", .help = "Take files again whose size and modification time have not changed."},
    {.flag = "--filter", .type = OptionType::kRepeated, .value_name = "FILTER",
     .commands = kQueryCommand | kListCommand | kDeleteCommand, .group = "Ingest and query",
     .help = "Only documents that match: field=value (document_id, source, source_id, author, start_date, end_date), "
             "several times for several fields, or one JSON object of them."},
    {.flag = "--json", .type = OptionType::kBoolean, .fallback = {"false"}, 
     .commands = kQueryCommand | kListCommand | kDevicesCommand | kCheckCommand |
                 kOptimizeCommand | kTimers | kDoctorCommand,
     .group = "Ingest and query", .help = "Print the answer as one JSON object."},
    {.flag = "--limit", .type = OptionType::kInteger, .value_name = "N", .fallback = {"100"}, .min = 1, .max = 1'000'000,
     .commands = kListCommand, .group = "Ingest and query", .help = "Documents to list."},
    {.flag = "--offset", .type = OptionType::kInteger, .value_name = "N", .fallback = {"0"}, .min = 0,
     .max = 1'000'000'000, .commands = kListCommand, .group = "Ingest and query", .help = "Documents to pass over first."},
    {.flag = "--all", .type = OptionType::kBoolean, .fallback = {"false"}, .commands = kDeleteCommand,
     .group = "Ingest and query", .help = "Remove every document."},

    // Optimize, setup
    {.flag = "--latency-budget", .type = OptionType::kInteger, .value_name = "MS", .fallback = {"300"}, .min = 1,
     .max = 600'000, .commands = kTuners | kBenchCommand, .group = "Tools",
     .help = "Milliseconds that a query may take; as many candidates are reranked as fit in."},
    {.flag = "--dry-run", .type = OptionType::kBoolean, .fallback = {"false"}, .commands = kTuners, .group = "Tools",
     .help = "Say what would be written, and write nothing."},
    {.flag = "--restore", .type = OptionType::kBoolean, .fallback = {"false"}, .commands = kSetupCommand,
     .group = "Tools", .help = "Bring back the newest backup of the settings."},
    {.flag = "--log", .value_name = "FILE", .commands = kDoctorCommand, .group = "Tools",
     .help = "The server's log; - is standard input (journalctl -u rappel | rappel doctor --log -). Without it: the file "
             "that a running server writes to, or server.log in the data folder."},
    {.flag = "--measure", .type = OptionType::kBoolean, .fallback = {"true"}, .commands = kDoctorCommand,
     .group = "Tools", .help = "Load the embedder and measure its speed and the machine's."},

    // Bench, compare
    {.flag = "--quick", .type = OptionType::kBoolean, .fallback = {"false"}, .commands = kTimers, .group = "Tools",
     .help = "Fewer warm-ups and runs."},
    {.flag = "--against", .type = OptionType::kPath, .value_name = "FILE", .commands = kBenchCommand, .group = "Tools",
     .help = "Show the change since a run that is kept in this file (--json's answer, or a history.jsonl)."},
    {.flag = "--history", .type = OptionType::kBoolean, .fallback = {"true"}, .commands = kBenchCommand, .group = "Tools",
     .help = "Keep the result and its chart in RAPPEL_DATA_DIR/bench."},
    {.flag = "--chart", .type = OptionType::kPath, .value_name = "FILE", .commands = kBenchCommand, .group = "Tools",
     .help = "Where the SVG chart goes; without it to RAPPEL_DATA_DIR/bench/latest.svg."},
    {.flag = "--python", .type = OptionType::kPath, .value_name = "PROGRAM", .commands = kCompareCommand, .group = "Tools",
     .help = "A Python that has FlagEmbedding, or the folder of its virtual environment (.venv): it is timed too, in a "
             "process of its own."},

    // Server
    {.variable = "RAG_HOST", .flag = "--host", .value_name = "ADDRESS", .fallback = {"127.0.0.1"},
     .commands = kServeCommand | kCheckCommand | kConfigCommand, .group = "Server",
     .help = "Address to listen on; 0.0.0.0 is every interface."},
    {.variable = "RAG_PORT", .old_names = "PORT|WEBSITES_PORT", .flag = "--port", .type = OptionType::kInteger,
     .value_name = "PORT", .fallback = {"8000"}, .min = 0, .max = 65535,
     .commands = kServeCommand | kCheckCommand | kConfigCommand, .group = "Server",
     .help = "Port to listen on; 0 lets the system choose (the start-up line tells)."},
    {.variable = "BEARER_TOKEN", .type = OptionType::kList, .secret = true,
     .commands = kServeCommand | kCheckCommand | kConfigCommand,
     .group = "Server", .help = "Tokens that clients may use, separated by commas; serve does not start without one."},
    {.variable = "RAPPEL_LAZY", .flag = "--lazy", .type = OptionType::kBoolean, .fallback = {"false"},
     .commands = kServeCommand | kConfigCommand, .group = "Server",
     .help = "Load the models when the first request needs them, which then waits, instead of at the start."},
    {.flag = "--no-auth", .type = OptionType::kBoolean, .fallback = {"false"}, .commands = kServeCommand,
     .group = "Server", .help = "Serve without tokens; only on a loopback address."},
    {.variable = "RAPPEL_CORS_ORIGINS", .flag = "--cors-origins", .type = OptionType::kList, .value_name = "LIST",
     .fallback = {"*"}, .commands = kServeCommand | kConfigCommand, .group = "Server",
     .help = "Origins whose pages may call the server from a browser, separated by commas; * is any, without "
             "credentials."},
    {.variable = "RAPPEL_PUBLIC_URL", .flag = "--public-url", .value_name = "URL",
     .commands = kServeCommand | kConfigCommand, .group = "Server",
     .help = "Address that clients use, for the manifest and the OpenAPI document; empty is what the client used."},
    {.variable = "RAPPEL_WORKERS", .flag = "--workers", .type = OptionType::kInteger, .value_name = "N",
     .fallback = {"32"}, .min = 1, .max = 1024, .commands = kServeCommand | kConfigCommand, .group = "Server",
     .help = "Requests that are worked on at the same time, uploads by half of them. Most wait for the engine, where "
             "queries that are there together share a batch."},
    {.variable = "RAPPEL_MAX_QUEUE", .flag = "--max-queue", .type = OptionType::kInteger, .value_name = "N",
     .fallback = {"64"}, .min = 1, .max = 100'000, .commands = kServeCommand | kConfigCommand, .group = "Server",
     .help = "Queries and uploads, each, that wait for a worker; further ones are told to come back later (429)."},
    {.variable = "RAPPEL_MAX_CONNECTIONS", .flag = "--max-connections", .type = OptionType::kInteger, .value_name = "N",
     .fallback = {"512"}, .min = 1, .max = 100'000, .commands = kServeCommand | kConfigCommand, .group = "Server",
     .help = "Connections open at the same time."},
    {.variable = "RAPPEL_MAX_BODY_MB", .flag = "--max-body-mb", .type = OptionType::kInteger, .value_name = "MB",
     .fallback = {"8"}, .min = 1, .max = 1024, .commands = kServeCommand | kConfigCommand, .group = "Server",
     .help = "Largest body of /query, /list and /delete."},
    {.variable = "RAPPEL_MAX_UPLOAD_MB", .flag = "--max-upload-mb", .type = OptionType::kInteger, .value_name = "MB",
     .fallback = {"64"}, .min = 1, .max = 4096, .commands = kServeCommand | kConfigCommand, .group = "Server",
     .help = "Largest body of /upsert and /upsert-file."},
    {.variable = "RAPPEL_REQUEST_TIMEOUT", .flag = "--request-timeout", .type = OptionType::kInteger,
     .value_name = "SECONDS", .fallback = {"60"}, .min = 1, .max = 86'400, .commands = kServeCommand | kConfigCommand,
     .group = "Server", .help = "Time for a query, waiting included; uploads have ten times as long."},

    // Model hub
    {.variable = "HF_HOME", .type = OptionType::kPath, .value_name = "FOLDER", .fallback = {"{cache}/huggingface"},
     .commands = kHub | kConfigCommand, .group = "Model hub",
     .help = "Home of the Hugging Face cache; models are looked for, and pulled into, its hub folder."},
    {.variable = "HF_HUB_CACHE", .old_names = "HUGGINGFACE_HUB_CACHE", .type = OptionType::kPath, .value_name = "FOLDER",
     .commands = kHub | kConfigCommand, .group = "Model hub", .help = "The cache folder itself, instead of HF_HOME/hub."},
    {.variable = "HF_TOKEN", .old_names = "HUGGING_FACE_HUB_TOKEN", .secret = true, .commands = kHub | kConfigCommand, .group = "Model hub",
     .help = "Token for models that need one."},
    {.variable = "HF_ENDPOINT", .value_name = "URL", .fallback = {"https://huggingface.co"},
     .commands = kHub | kConfigCommand, .group = "Model hub", .help = "Address of the Hub or of a mirror."},
    {.variable = "HF_HUB_OFFLINE", .old_names = "TRANSFORMERS_OFFLINE", .type = OptionType::kBoolean,
     .fallback = {"false"}, .commands = kHub | kConfigCommand, .group = "Model hub", .help = "Never touch the network."},
    {.flag = "--revision", .value_name = "REVISION", .commands = kModelCommand, .group = "Model hub",
     .help = "Branch, tag or commit to pull; the same as NAME@REVISION."},

    {.flag = "--markdown", .type = OptionType::kBoolean, .fallback = {"false"}, .commands = kOptionsCommand,
     .group = "General", .help = "Print the table as docs/configuration.md has it."},
};

constexpr IgnoredVariable kIgnored[] = {
    {"CUDA_LAUNCH_BLOCKING", "it is PyTorch's"},
    {"TORCH_CUDNN_V8_API_ENABLED", "it is PyTorch's"},
    {"EMBEDDING_SERVICE", "embeddings are always computed here, by EMBEDDING_MODEL"},
    {"EMBEDDING_PROVIDER", "embeddings are always computed here, by EMBEDDING_MODEL"},
    {"EMBEDDING_DIMENSION", "the dimension is the model's"},
    {"OPENAI_API_*", "no text leaves this machine for an embedding"},
    {"OPENAI_EMBEDDINGMODEL_*", "no text leaves this machine for an embedding"},
    {"OPENAI_METADATA_*", "no text leaves this machine for an embedding"},
    {"OPENAI_COMPLETIONMODEL_*", "no text leaves this machine for an embedding"},
    {"CHROMA_*", "it belongs to a store that this build does not have"},
    {"QDRANT_*", "it belongs to a store that this build does not have"},
    {"PINECONE_*", "it belongs to a store that this build does not have"},
    {"WEAVIATE_*", "it belongs to a store that this build does not have"},
    {"MILVUS_*", "it belongs to a store that this build does not have"},
    {"ZILLIZ_*", "it belongs to a store that this build does not have"},
    {"REDIS_*", "it belongs to a store that this build does not have"},
    {"PG_*", "it belongs to a store that this build does not have"},
    {"SUPABASE_*", "it belongs to a store that this build does not have"},
    {"ELASTICSEARCH_*", "it belongs to a store that this build does not have"},
    {"MONGODB_*", "it belongs to a store that this build does not have"},
    {"AZCOSMOS_*", "it belongs to a store that this build does not have"},
    {"AZURESEARCH_*", "it belongs to a store that this build does not have"},
    {"LLAMA_*", "it belongs to a store that this build does not have"},
};

}  // namespace

std::span<const OptionSpec> option_table() { return kTable; }
std::span<const IgnoredVariable> ignored_variables() { return kIgnored; }

}  // namespace rappel
