#include "doctor/troubles.h"

#include <algorithm>

#include "base/check.h"
#include "base/fault_id.h"
#include "config/options.h"

namespace rappel {
namespace {

// The order matters for signs: the first entry with a sign in the message explains it.
constexpr Trouble kTroubles[] = {
    {.name = "killed-out-of-memory",
     .symptom = "The server was killed.",
     .cause = "The kernel ran out of memory, in the machine or in the server's control group.",
     .remedy =
         "Give the server more memory (the machine, the container's --memory, MemoryMax= of its unit), or "
         "reduce its need: EMBEDDING_PRECISION=int8, EMBEDDING_BATCH_TOKENS=512, RERANK_ENABLE=false, or a "
         "smaller model.",
     .signs =
         "Out of memory: Killed process|Memory cgroup out of memory|oom-kill:|OOM killer|oom_reaper|Failed "
         "with result 'oom-kill'",
     .own = false},
    {.name = "driver-too-old",
     .symptom = "The GPU cannot be used.",
     .cause = "Its driver is older than this build needs.",
     .remedy = "Install a newer driver of the GPU and restart the machine, or set EMBEDDING_DEVICE=cpu and "
               "RERANK_DEVICE=cpu.",
     .signs = "driver version is insufficient|SYSTEM_DRIVER_MISMATCH"},
    {.name = "reranker-refused",
     .symptom = "Results are returned in the order of the first stage.",
     .cause = "The reranker's device failed for good, and falling back to the CPU is disabled.",
     .remedy =
         "Check the device and restart the server, or set DEVICE_FALLBACK=true to continue on the CPU."},
    {.name = "device-refused",
     .symptom = "The server rejects requests: /ready returns 503.",
     .cause = "The device failed for good, and falling back to the CPU is disabled.",
     .remedy =
         "Check the device and restart the server, or set DEVICE_FALLBACK=true to continue on the CPU."},
    {.name = "device-lost",
     .symptom = "The server is degraded: it computes on another device than the configured one.",
     .cause = "The device failed for good; the server loaded the model on the CPU instead.",
     .remedy =
         "Check the device (for NVIDIA: `nvidia-smi`, and `dmesg` for Xid lines), then restart the server "
         "to use it again."},
    {.name = "device-memory",
     .symptom = "Batches were split: responses are slower than they could be.",
     .cause = "The device had no memory for a batch; the server uses smaller batches since then.",
     .remedy =
         "Set EMBEDDING_BATCH_TOKENS (RERANK_BATCH_TOKENS for the reranker) to the number in the log, or "
         "free memory of the device."},
    {.name = "memory-limit",
     .symptom = "A model cannot be loaded, or a long text is rejected.",
     .cause = "The limit of the device's memory is too small for it.",
     .remedy =
         "Raise RAPPEL_DEVICE_MEMORY, or use EMBEDDING_PRECISION=int8, a smaller EMBEDDING_MAX_LEN or a "
         "smaller model."},
    {.name = "device-missing",
     .symptom = "The configured device cannot be used.",
     .cause = "This build or this machine does not have it.",
     .remedy =
         "`rappel devices` lists the devices: set EMBEDDING_DEVICE and RERANK_DEVICE to one of them or to "
         "auto, or set DEVICE_FALLBACK=true to compute on the CPU instead.",
     .seen_now = true},
    {.name = "cpu-target",
     .symptom = "The server does not start, or dies when it computes.",
     .cause = "The instruction set that was configured or detected does not run on this machine.",
     .remedy = "Unset RAPPEL_CPU_TARGET, or set one that `rappel devices` lists as runnable.",
     .signs = "Illegal instruction|status=4/ILL|SIGILL"},
    {.name = "port-taken",
     .symptom = "The server cannot listen.",
     .cause = "The port is taken.",
     .remedy = "Stop the program that holds it, or set RAG_PORT to a free port.",
     .seen_now = true},
    {.name = "port-forbidden",
     .symptom = "The server cannot listen.",
     .cause = "Only root may use ports below 1024.",
     .remedy = "Set RAG_PORT to a port above 1023, or give the program the right to bind low ports "
               "(AmbientCapabilities=CAP_NET_BIND_SERVICE in its unit).",
     .seen_now = true},
    {.name = "too-many-connections",
     .symptom = "Requests get no answer.",
     .cause = "All connections that the server may have are in use.",
     .remedy = "Raise RAPPEL_MAX_CONNECTIONS, or let clients close the connections that they do not use.",
     .seen_now = true},
    {.name = "address",
     .symptom = "The server cannot listen.",
     .cause = "RAG_HOST is not an address of this machine that the server may use.",
     .remedy = "Set RAG_HOST to 127.0.0.1 for this machine alone, or to 0.0.0.0 for all its addresses.",
     .seen_now = true},
    {.name = "token",
     .symptom = "The server does not start.",
     .cause = "It has no usable token that clients could authenticate with.",
     .remedy =
         "Put a long random token into the settings file: BEARER_TOKEN=..., for example from `openssl rand "
         "-hex 32`.",
     .seen_now = true},
    {.name = "tls",
     .symptom = "The server does not start, or keeps its old certificate after SIGHUP.",
     .cause = "The certificate or the key that TLS_CERT and TLS_KEY name cannot be used.",
     .remedy = "Do what the message says: name a certificate chain and its unencrypted key in PEM format, "
               "and renew "
               "a certificate that has expired.",
     .seen_now = true},
    {.name = "model-mismatch",
     .symptom = "The server does not open its store.",
     .cause = "Another model computed the stored vectors; vectors of two models cannot be compared.",
     .remedy =
         "Set EMBEDDING_MODEL to the stored model, or set another RAPPEL_DATA_DIR and ingest the documents "
         "there.",
     .seen_now = true},
    {.name = "model-missing",
     .symptom = "A model cannot be loaded.",
     .cause = "Its files are not there, or not all of them.",
     .remedy =
         "Run `rappel model pull NAME` to fetch it, or set EMBEDDING_MODEL or RERANK_MODEL to a model that "
         "`rappel model list` shows.",
     .seen_now = true},
    {.name = "model-damaged",
     .symptom = "A model cannot be loaded.",
     .cause = "One of its files is damaged, or does not belong to the others.",
     .remedy =
         "Remove the file (where it is a link, as in the Hub's cache, remove its target) and run `rappel "
         "model pull NAME` again.",
     .seen_now = true},
    {.name = "store-locked",
     .symptom = "Documents cannot be stored, or the store is not opened.",
     .cause = "Another process keeps the store locked.",
     .remedy = "Stop that process, or give each its own RAPPEL_DATA_DIR.",
     .seen_now = true},
    {.name = "store-damaged",
     .symptom = "The server does not open its store, or is degraded and answers some requests with 500.",
     .cause = "The data folder holds no store that this version can read, or a part of it is damaged.",
     .remedy =
         "`rappel store verify` says what is damaged. Stop the server and run `rappel store repair`, which "
         "mends single bits, indexes and words, and names documents that are damaged. Else restore the "
         "folder "
         "from a backup, or set another RAPPEL_DATA_DIR and ingest again.",
     .seen_now = true},
    {.name = "commits-missing",
     .symptom = "Documents that were acknowledged are missing.",
     .cause = "The log of the store was damaged or removed after a crash, and with it the newest changes.",
     .remedy =
         "Ingest the documents of that time again, or restore a backup; then run `rappel store accept`. "
         "Check the disk.",
     .seen_now = true},
    {.name = "log-mended",
     .symptom = "The server is degraded, although nothing is lost.",
     .cause = "The log of the store was damaged after a crash, and could be mended.",
     .remedy = "Check the disk, then run `rappel store accept`.",
     .seen_now = true},
    {.name = "index-lost",
     .symptom = "Queries are slower than usual.",
     .cause = "Files of the index were lost or damaged; the server makes them again, and reads their vectors "
              "from the store meanwhile.",
     .remedy = "Wait. If it happens again, check the disk; do not change the folder index/ while the server "
               "runs.",
     .seen_now = true},
    {.name = "store-newer",
     .symptom = "The server does not open its store.",
     .cause = "A newer rappel wrote the data folder, in a format that this version does not know.",
     .remedy =
         "Run the version that wrote it, or set another RAPPEL_DATA_DIR and ingest the documents there.",
     .seen_now = true},
    {.name = "disk-full",
     .symptom = "Documents cannot be stored, or the store is not opened.",
     .cause = "The disk is full, or too full for an upgrade of the store.",
     .remedy = "Free space on the disk of RAPPEL_DATA_DIR; acknowledged changes are safe.",
     .signs = "No space left on device"},
    {.name = "file-limit",
     .symptom = "Connections fail.",
     .cause = "The process may not open as many files as it has connections.",
     .remedy =
         "Raise the limit (`ulimit -n 4096`, LimitNOFILE= in its unit), or lower RAPPEL_MAX_CONNECTIONS.",
     .signs = "Too many open files",
     .own = false},
    {.name = "data-folder",
     .symptom = "The server cannot write its data folder.",
     .cause = "The user of the server may not create or write the folder.",
     .remedy = "Set RAPPEL_DATA_DIR to a folder of the user that runs the server, or give the folder to that "
               "user with chown.",
     .seen_now = true},
    {.name = "permission",
     .symptom = "A file or folder cannot be used.",
     .cause = "The user that runs the server has no permission.",
     .remedy = "Give the file in that line to the user with chown, or choose another place.",
     .signs = "Permission denied|Read-only file system|Operation not permitted",
     .own = false},
    {.name = "memory",
     .symptom = "A request or the server failed.",
     .cause = "There was no memory left.",
     .remedy = "Give the server more memory, or reduce its need: EMBEDDING_PRECISION=int8, "
               "EMBEDDING_BATCH_TOKENS=512, RERANK_ENABLE=false.",
     .signs = "std::bad_alloc|Cannot allocate memory"},
    {.name = "reranker-failing",
     .symptom = "Results are returned in the order of the first stage.",
     .cause = "The reranker fails on queries.",
     .remedy = "The line gives the reason; `rappel check` tests the reranker alone."},
    {.name = "setting",
     .symptom = "The server does not start.",
     .cause = "A setting has an invalid value.",
     .remedy = "Correct it at the named place; docs/configuration.md lists the values of each setting.",
     .seen_now = true},
    {.name = "answer-too-large",
     .symptom = "A query or a list is refused with status 413.",
     .cause = "The answer would be larger than RAPPEL_MAX_ANSWER_MB.",
     .remedy = "Ask for fewer queries at once, a lower top_k or limit, or shorter metadata; or raise "
               "RAPPEL_MAX_ANSWER_MB, and the server's memory with it."},
    {.name = "file-too-large",
     .symptom = "An upload of a file is refused with status 413.",
     .cause = "The text of the file, and the files in it, take more memory than one upload may have.",
     .remedy = "Send the file in parts, read it with `rappel ingest`, or raise RAPPEL_MAX_UPSERT_MB, and the "
               "server's memory with it: an upload may have twice as much."},
    {.name = "crash",
     .symptom = "The server crashed.",
     .cause = "A defect of rappel, or memory that is faulty.",
     .remedy =
         "Restart it: acknowledged changes are safe. Please report the line, the lines before it and the "
         "output of `rappel --version`.",
     .signs = "terminate called|Segmentation fault|status=11/SEGV|status=6/ABRT|dumped core"},
    {.name = "killed",
     .symptom = "The server was killed.",
     .cause = "A user or a program sent it a signal that it cannot handle; the kernel does so when memory is "
              "short.",
     .remedy = "Search the kernel's log for 'Killed process': `journalctl -k` or `dmesg`.",
     .signs = "status=9/KILL|code=killed",
     .own = false},
};

const Trouble* own_trouble(std::string_view id) {
  const auto it = std::find_if(std::begin(kTroubles), std::end(kTroubles),
                               [&](const Trouble& t) { return t.own && id == t.name; });
  return it == std::end(kTroubles) ? nullptr : it;
}

bool has_sign(std::string_view message, const Trouble& trouble) {
  const auto signs = split_bar(trouble.signs);
  return std::any_of(signs.begin(), signs.end(),
                     [&](std::string_view sign) { return message.find(sign) != std::string_view::npos; });
}

}  // namespace

std::span<const Trouble> trouble_table() { return kTroubles; }

const Trouble* trouble_of(std::string_view message) {
  const auto ids = fault_ids(message);
  for (auto id = ids.rbegin(); id != ids.rend(); ++id)
    if (const Trouble* trouble = own_trouble(*id)) return trouble;
  const auto it = std::find_if(std::begin(kTroubles), std::end(kTroubles),
                               [&](const Trouble& trouble) { return has_sign(message, trouble); });
  return it == std::end(kTroubles) ? nullptr : it;
}

bool has_id(std::string_view message, std::string_view id) {
  const auto ids = fault_ids(message);
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

const Trouble& trouble_named(std::string_view name) {
  const auto it = std::find_if(std::begin(kTroubles), std::end(kTroubles),
                               [&](const Trouble& t) { return name == t.name; });
  RAPPEL_CHECK(it != std::end(kTroubles), "a trouble was asked for that the table does not have");
  return *it;
}

Finding of_trouble(const Trouble& trouble, std::string evidence, Finding::Level level) {
  return {trouble.name, level, trouble.symptom, trouble.cause, {std::move(evidence)}, trouble.remedy};
}

}  // namespace rappel
