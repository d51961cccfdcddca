// Settings of the embedder and the reranker.
#include "config/option_groups.h"

namespace rappel {
namespace {

constexpr char kDevices[] = "auto|cpu|reference";
constexpr char kOtherDevices[] = "mps|cuda|gpu";
constexpr char kDeviceSynonyms[] = "metal=mps|mps:0=mps|cpu:0=cpu";  // PyTorch numbers them too
constexpr char kDeviceRefusal[] = "unset it, or set DEVICE_FALLBACK=true to fall back to the CPU";
constexpr char kPrecisions[] = "auto|float32|tf32|half|bfloat16|w8a16|int8";
constexpr char kPrecisionSynonyms[] =
    "fp32=float32|f32=float32|float=float32|float16=half|fp16=half|f16=half|bf16=bfloat16|i8=int8|q8=int8";
constexpr char kOtherPrecisions[] = "float64|fp64|fp8|int4|q4|q5|q6";
constexpr char kPrecisionRefusal[] =
    "weights are kept as float32, tf32, half, bfloat16, w8a16 or int8; use auto or one of them";

// The row of a device or of a precision, completed by what all of them have in common.
constexpr OptionSpec device_row(OptionSpec row) {
  row.local_flag = "--device";
  row.type = OptionType::kChoice;
  row.value_name = "DEVICE";
  row.fallback = {"auto"};
  row.choices = kDevices;
  row.synonyms = kDeviceSynonyms;
  row.refused = kOtherDevices;
  row.refusal = kDeviceRefusal;
  row.falls_back = true;
  return row;
}

constexpr OptionSpec precision_row(OptionSpec row) {
  row.local_flag = "--precision";
  row.type = OptionType::kChoice;
  row.value_name = "PRECISION";
  row.fallback = {"auto"};
  row.choices = kPrecisions;
  row.synonyms = kPrecisionSynonyms;
  row.refused = kOtherPrecisions;
  row.refusal = kPrecisionRefusal;
  return row;
}

constexpr OptionSpec kTable[] = {
    // Embedding
    {.variable = "EMBEDDING_MODEL",
     .flag = "--embedding-model",
     .local_flag = "--model",
     .local_in = kEmbedCommand,
     .type = OptionType::kModel,
     .value_name = "MODEL",
     .fallback = {"BAAI/bge-m3"},
     .commands = kEmbedders | kConfigCommand,
     .group = "Embedding",
     .help =
         "Embedding model: a folder, or a Hub name with an optional @revision (see `rappel model pull`)."},
    device_row(
        {.variable = "EMBEDDING_DEVICE",
         .flag = "--embedding-device",
         .local_in = kEmbedCommand,
         .commands = kEmbedders | kConfigCommand,
         .group = "Embedding",
         .help =
             "Device of the embedder. Builds with Metal or CUDA also have mps, cuda and cuda:N, which auto "
             "prefers."}),
    precision_row(
        {.variable = "EMBEDDING_PRECISION",
         .flag = "--embedding-precision",
         .local_in = kEmbedCommand,
         .commands = kEmbedders | kConfigCommand,
         .group = "Embedding",
         .help =
             "Number format of the embedder's weights. auto is the fastest with negligible loss of quality: "
             "int8 on CPUs, half on GPUs. Devices without tf32 and bfloat16 use float32 and half instead."}),
    {.variable = "EMBEDDING_FP16",
     .type = OptionType::kBoolean,
     .fallback = {"false", "true", "false"},
     .commands = kEmbedders | kConfigCommand,
     .group = "Embedding",
     .help = "true means EMBEDDING_PRECISION=half unless that is set; false has no effect."},
    {.variable = "EMBEDDING_MAX_LEN",
     .flag = "--embedding-max-length",
     .local_flag = "--max-length",
     .local_in = kEmbedCommand,
     .type = OptionType::kInteger,
     .value_name = "TOKENS",
     .fallback = {"4096", "8192", "8192"},
     .min = 1,
     .max = 1 << 20,
     .commands = kEmbedders | kConfigCommand,
     .group = "Embedding",
     .help = "Maximum length of a text in tokens, special tokens included; longer texts are truncated. "
             "Limited by the model."},
    {.variable = "EMBEDDING_BATCH",
     .old_names = "OPENAI_EMBEDDING_BATCH_SIZE",
     .flag = "--embedding-batch",
     .local_flag = "--batch",
     .local_in = kEmbedCommand | kIngestCommand | kProcessCommand,
     .type = OptionType::kInteger,
     .value_name = "N",
     .fallback = {"16", "64", "32"},
     .min = 1,
     .max = 1024,
     .commands = kEmbedCommand | kIngestCommand | kProcessCommand | kConfigCommand,
     .group = "Embedding",
     .help =
         "Texts or documents per batch in embed and ingest; ingest stores each batch in one transaction."},
    {.variable = "EMBEDDING_BATCH_TOKENS",
     .flag = "--embedding-batch-tokens",
     .local_flag = "--batch-tokens",
     .local_in = kEmbedCommand,
     .type = OptionType::kInteger,
     .value_name = "TOKENS",
     .fallback = {"0"},
     .min = 0,
     .max = 1 << 20,
     .commands = kEmbedders | kConfigCommand,
     .group = "Embedding",
     .help =
         "Tokens per forward pass, which bound its memory; with 0, serve measures the best size at startup."},
    {.variable = "EMBEDDING_CACHE_SIZE",
     .flag = "--embedding-cache-size",
     .type = OptionType::kInteger,
     .value_name = "N",
     .fallback = {"2000"},
     .min = 0,
     .max = 10'000'000,
     .commands = kServeCommand | kBenchCommand | kConfigCommand,
     .group = "Embedding",
     .help = "Query embeddings kept in memory (LRU); 0 disables the cache."},
    {.variable = "EMBEDDING_CACHE_MB",
     .flag = "--embedding-cache-mb",
     .type = OptionType::kInteger,
     .value_name = "MB",
     .fallback = {"32"},
     .min = 1,
     .max = 1 << 20,
     .commands = kServeCommand | kBenchCommand | kConfigCommand,
     .group = "Embedding",
     .help = "Memory of the query embeddings kept, in MiB; queries of more than 4096 bytes are not kept."},
    {.variable = "EMBEDDING_COLBERT",
     .flag = "--embedding-colbert",
     .type = OptionType::kChoice,
     .value_name = "WHETHER",
     .fallback = {"off"},
     .choices = "off|store",
     .commands = kServeCommand | kIngestCommand | kProcessCommand | kConfigCommand,
     .group = "Embedding",
     .help = "store: keep a vector for each token of a chunk (ColBERT), 8 bits a dimension; BGE-M3 takes "
             "1 KB a token, about 200 KB a chunk. The mode bge-m3 reads them, and computes those of other "
             "chunks. "
             "off: do not keep them."},
    {.flag = "--outputs",
     .type = OptionType::kList,
     .value_name = "LIST",
     .fallback = {"dense"},
     .commands = kEmbedCommand,
     .group = "Embedding",
     .help =
         "Outputs, separated by commas: dense, sparse, colbert (the last two if the model has the head)."},
    {.flag = "--dimensions",
     .type = OptionType::kInteger,
     .value_name = "N",
     .fallback = {"0"},
     .min = 0,
     .max = 1 << 20,
     .commands = kEmbedCommand,
     .group = "Embedding",
     .help = "Keep the first N components of dense and ColBERT vectors, truncated before normalization; 0 "
             "keeps all."},
    {.flag = "--ids",
     .type = OptionType::kBoolean,
     .fallback = {"false"},
     .commands = kEmbedCommand,
     .group = "Embedding",
     .help = "Also print the token ids (input_ids)."},
    {.flag = "--role",
     .type = OptionType::kChoice,
     .value_name = "ROLE",
     .fallback = {"plain"},
     .choices = "plain|query|document",
     .commands = kEmbedCommand,
     .group = "Embedding",
     .help = "Put the model's prefix for queries or for documents before each text (most models have none)."},

    // Retrieval
    {.variable = "RETRIEVAL_MODE",
     .flag = "--retrieval-mode",
     .local_flag = "--mode",
     .local_in = kQueryCommand,
     .type = OptionType::kChoice,
     .value_name = "MODE",
     .fallback = {"hybrid"},
     .choices = "hybrid|min-max|rrf|bge-m3|dense|sparse|lexical",
     .commands = kServeCommand | kQueryCommand | kTuneCommand | kConfigCommand,
     .group = "Retrieval",
     .help = "How chunks are found. hybrid: by vectors, words (BM25) and weights of tokens (if the model has "
             "them), each candidate scored by all of them. min-max, rrf, bge-m3: other fusions of the same. "
             "dense, sparse, lexical: one signal alone."},
    {.variable = "RETRIEVAL_DENSE_WEIGHT",
     .flag = "--dense-weight",
     .type = OptionType::kInteger,
     .value_name = "PERCENT",
     .fallback = {"40"},
     .min = 0,
     .max = 100,
     .commands = kServeCommand | kQueryCommand | kJudges | kConfigCommand,
     .group = "Retrieval",
     .help = "Weight of vectors in a hybrid score, in percent, where they stand out; words have the rest."},
    {.variable = "RETRIEVAL_SPARSE_SHARE",
     .flag = "--sparse-share",
     .type = OptionType::kInteger,
     .value_name = "PERCENT",
     .fallback = {"50"},
     .min = 0,
     .max = 100,
     .commands = kServeCommand | kQueryCommand | kJudges | kConfigCommand,
     .group = "Retrieval",
     .help = "Share of the weights of tokens in what vectors leave, in percent, if the model has them."},

    // Reranking
    {.variable = "RERANK_ENABLE",
     .flag = "--rerank",
     .type = OptionType::kBoolean,
     .fallback = {"true"},
     .commands = kServeCommand | kQueryCommand | kJudges | kTools | kConfigCommand,
     .group = "Reranking",
     .help = "Rerank the first candidates of a query."},
    {.variable = "RERANK_MODEL",
     .flag = "--rerank-model",
     .local_flag = "--model",
     .local_in = kRerankCommand,
     .type = OptionType::kModel,
     .value_name = "MODEL",
     .fallback = {"BAAI/bge-reranker-v2-m3"},
     .commands = kRerankers | kConfigCommand,
     .group = "Reranking",
     .help = "Reranker: a folder, or a Hub name with an optional @revision."},
    device_row(
        {.variable = "RERANK_DEVICE",
         .flag = "--rerank-device",
         .local_in = kRerankCommand,
         .commands = kRerankers | kConfigCommand,
         .group = "Reranking",
         .help =
             "Device of the reranker. Builds with Metal or CUDA also have mps, cuda and cuda:N, which auto "
             "prefers."}),
    precision_row(
        {.variable = "RERANK_PRECISION",
         .flag = "--rerank-precision",
         .local_in = kRerankCommand,
         .commands = kRerankers | kConfigCommand,
         .group = "Reranking",
         .help =
             "Number format of the reranker's weights. auto is the fastest with negligible loss of quality: "
             "int8 on CPUs, half on GPUs. Devices without tf32 and bfloat16 use float32 and half instead."}),
    {.variable = "RERANK_MODE",
     .flag = "--rerank-mode",
     .type = OptionType::kChoice,
     .value_name = "MODE",
     .fallback = {"auto"},
     .choices = "auto|replace|blend",
     .commands = kServeCommand | kQueryCommand | kJudges | kConfigCommand,
     .group = "Reranking",
     .help = "replace: order by the reranker's score alone. blend: by the weighted mean of the score before "
             "and the reranker's, for small rerankers. auto: as the reranker's description says."},
    {.variable = "RERANK_K",
     .flag = "--rerank-k",
     .type = OptionType::kInteger,
     .value_name = "N",
     .fallback = {"5", "10", "5"},
     .min = 1,
     .max = 1000,
     .commands = kServeCommand | kQueryCommand | kJudges | kBenchCommand | kConfigCommand,
     .group = "Reranking",
     .help = "Candidates that the reranker reads; at least the number of requested results."},
    {.variable = "RERANK_BUDGET_MS",
     .flag = "--rerank-budget",
     .type = OptionType::kInteger,
     .value_name = "MS",
     .fallback = {"0"},
     .min = 0,
     .max = 3'600'000,
     .commands = kServeCommand | kQueryCommand | kConfigCommand,
     .group = "Reranking",
     .help = "Time for the reranker in a request, in milliseconds: it reads as many candidates as it is "
             "expected to read in it, at least one of each query; 0: no bound."},
    {.variable = "LATENCY_BUDGET",
     .flag = "--latency-budget",
     .type = OptionType::kInteger,
     .value_name = "MS",
     .fallback = {"0"},
     .min = 0,
     .max = 3'600'000,
     .commands = kServeCommand | kQueryCommand | kConfigCommand,
     .group = "Reranking",
     .help = "Time for a query, in milliseconds: the reranker reads as many candidates as it is expected to "
             "read in the time that embedding and search leave, and none if that is too short; 0: no bound."},
    {.variable = "RERANK_FINAL_N",
     .flag = "--rerank-final-n",
     .local_flag = "--top-k",
     .local_in = kQueryCommand,
     .type = OptionType::kInteger,
     .value_name = "N",
     .fallback = {"3", "5", "3"},
     .min = 1,
     .max = 1000,
     .commands = kServeCommand | kQueryCommand | kConfigCommand,
     .group = "Reranking",
     .help = "Results of a query without top_k."},
    {.variable = "RERANK_MAX_LEN",
     .flag = "--rerank-max-length",
     .local_flag = "--max-length",
     .local_in = kRerankCommand,
     .type = OptionType::kInteger,
     .value_name = "TOKENS",
     .fallback = {"512"},
     .min = 1,
     .max = 1 << 20,
     .commands = kRerankers | kConfigCommand,
     .group = "Reranking",
     .help = "Maximum length of query and passage together in tokens, special tokens included."},
    {.variable = "RERANK_QUERY_MAX_LEN",
     .flag = "--rerank-query-max-length",
     .local_flag = "--query-max-length",
     .local_in = kRerankCommand,
     .type = OptionType::kInteger,
     .value_name = "TOKENS",
     .fallback = {"0"},
     .min = 0,
     .max = 1 << 20,
     .commands = kRerankers | kConfigCommand,
     .group = "Reranking",
     .help = "Maximum length of the query in tokens; 0 means three quarters of the maximum for both."},
    {.variable = "RERANK_BATCH_TOKENS",
     .flag = "--rerank-batch-tokens",
     .local_flag = "--batch-tokens",
     .local_in = kRerankCommand,
     .type = OptionType::kInteger,
     .value_name = "TOKENS",
     .fallback = {"0"},
     .min = 0,
     .max = 1 << 20,
     .commands = kRerankers | kConfigCommand,
     .group = "Reranking",
     .help = "Tokens per forward pass of the reranker; with 0, serve measures the best size at startup."},
    {.flag = "--raw",
     .type = OptionType::kBoolean,
     .fallback = {"false"},
     .commands = kRerankCommand,
     .group = "Reranking",
     .help = "Print the model's logits instead of scores between 0 and 1."},
};

}  // namespace

std::span<const OptionSpec> model_options() { return kTable; }

}  // namespace rappel
