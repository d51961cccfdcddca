#include "doctor/troubles.h"

#include <algorithm>

#include "base/check.h"
#include "config/options.h"

namespace rappel {
namespace {

// The order counts: what is said of a message is what the first sign in it says.
constexpr Trouble kTroubles[] = {
    {"killed-out-of-memory",
     "Out of memory: Killed process|Memory cgroup out of memory|oom-kill:|OOM killer|oom_reaper|Failed with "
     "result 'oom-kill'",
     "The server was killed.", "The kernel found no memory for it, in the machine or in its control group.",
     "Give it more memory (the machine, the container's --memory, MemoryMax= of its unit), or let it need "
     "less: "
     "EMBEDDING_PRECISION=int8, EMBEDDING_BATCH_TOKENS=512, RERANK_ENABLE=false, or a smaller model."},
    {"driver-too-old",
     "driver version is insufficient|driver is too old|driver too old|driver is older|SYSTEM_DRIVER_MISMATCH",
     "The GPU cannot be used.", "Its driver is older than what this build needs.",
     "Install a newer driver of the GPU and restart the machine, or set EMBEDDING_DEVICE=cpu and "
     "RERANK_DEVICE=cpu."},
    {"reranker-refused", "reranker: ..and nothing else may compute",
     "Answers come in the order of the first stage.",
     "The reranker's device failed for good, and the CPU may not be used instead.",
     "Look at the device and restart the server, or set DEVICE_FALLBACK=true, so that it goes on with the "
     "CPU."},
    {"device-refused", "and nothing else may compute", "Requests are refused: /ready says 503.",
     "The device failed for good, and the CPU may not be used instead.",
     "Look at the device and restart the server, or set DEVICE_FALLBACK=true, so that it goes on with the "
     "CPU."},
    {"device-lost", "; loading the model on|the fallback failed too",
     "The server is degraded: it computes on another device than it was told to.",
     "The device failed for good; the model was loaded on the CPU instead.",
     "Look at the device (for NVIDIA: `nvidia-smi`, and `dmesg` for Xid lines), then restart the server to "
     "take it up again."},
    {"device-memory", "has no memory for a batch|has no memory for batches",
     "Batches were cut: answers are slower than they could be.",
     "The device had no memory for a batch; smaller batches are in use since.",
     "Set EMBEDDING_BATCH_TOKENS (RERANK_BATCH_TOKENS for the reranker) to the number that the log names, or "
     "free the device's memory."},
    {"memory-limit", "(RAPPEL_DEVICE_MEMORY)", "A model cannot be loaded, or a long text is refused.",
     "The limit of the device's memory is too small for it.",
     "Raise RAPPEL_DEVICE_MEMORY, or take EMBEDDING_PRECISION=int8, a smaller EMBEDDING_MAX_LEN or a smaller "
     "model."},
    {"device-missing",
     "this build has the devices|is not in this build, which has: |no such device|no CUDA device|no "
     "NVIDIA driver|no Metal device",
     "The device that is asked for cannot be used.", "This build does not have it, or the machine does not.",
     "`rappel devices` lists what there is: set EMBEDDING_DEVICE and RERANK_DEVICE to one of them or to "
     "auto, or "
     "DEVICE_FALLBACK=true to compute on the CPU then.",
     true},
    {"cpu-target", "RAPPEL_CPU_TARGET=|Illegal instruction|status=4/ILL|SIGILL",
     "The server does not start, or dies when it computes.",
     "The instruction set that it was told to use, or found, does not run here.",
     "Unset RAPPEL_CPU_TARGET, or set one that `rappel devices` lists as runnable."},
    {"port-taken", "another program holds this port|Address already in use", "The server cannot listen.",
     "The port is taken.", "Stop the program that holds it, or set RAG_PORT to a free port.", true},
    {"port-forbidden", "not permitted; choose a port above 1023", "The server cannot listen.",
     "Ports below 1024 are for root alone.",
     "Set RAG_PORT to a port above 1023, or give the program the right to bind low ports "
     "(AmbientCapabilities=CAP_NET_BIND_SERVICE in its unit).",
     true},
    {"address",
     "this machine has no such address|is not an address to listen on|listens only on a loopback address",
     "The server cannot listen.", "RAG_HOST is no address of this machine.",
     "Set RAG_HOST to 127.0.0.1 for this machine alone, or to 0.0.0.0 for all its addresses.", true},
    {"token", "BEARER_TOKEN is not set|BEARER_TOKEN is the well-known|--no-auth is for a loopback",
     "The server does not start.", "It has no token that clients could prove themselves with.",
     "Put a long random token into the settings file: BEARER_TOKEN=..., for example of `openssl rand -hex "
     "32`.",
     true},
    {"model-mismatch", "holds vectors of the model", "The server does not open its store.",
     "The stored vectors are another model's; vectors of two models cannot be compared.",
     "Set EMBEDDING_MODEL to the stored model, or another RAPPEL_DATA_DIR and ingest the documents there.",
     true},
    {"model-missing",
     "is not on this machine: looked for|is only partly on this machine|there is no folder \"|has no "
     "config.json|the weights are missing|"
     "tokenizer.json is missing|config.json is missing|no model folder at|: shard ",
     "A model cannot be loaded.", "Its files are not there, or not all of them.",
     "`rappel model pull NAME` fetches it; or set EMBEDDING_MODEL or RERANK_MODEL to a model that `rappel "
     "model list` shows.",
     true},
    {"model-damaged",
     "is not what was published|is not a PyTorch file|was expected from config.json|do not belong to this "
     "config.json",
     "A model cannot be loaded.", "A file of it is damaged.",
     "Remove the file - where it is a link, as in the Hub's cache, what it points to - and run `rappel model "
     "pull NAME` again.",
     true},
    {"store-locked", "is locked by another process", "Documents cannot be stored.",
     "Another process keeps the store locked.", "Stop that process, or give each its own RAPPEL_DATA_DIR.",
     true},
    {"store-damaged",
     "is damaged: restore its folder|is not a database|is a database of another program|has format version",
     "The server does not open its store.", "The data folder holds no store that this version can read.",
     "Restore the folder from a backup, or set another RAPPEL_DATA_DIR and ingest again.", true},
    {"disk-full", "no space left on the disk|No space left on device", "Documents cannot be stored.",
     "The disk is full.",
     "Free space on the disk of RAPPEL_DATA_DIR; nothing that was acknowledged is lost."},
    {"file-limit", "Too many open files", "Connections fail.",
     "The process may not open as many files as it has connections.",
     "Raise the limit (`ulimit -n 4096`, LimitNOFILE= in its unit), or lower RAPPEL_MAX_CONNECTIONS."},
    {"data-folder", "cannot create the data folder|rappel.db: check that the file and its folder exist",
     "The server cannot write its data folder.", "The folder may not be made or written by this user.",
     "Set RAPPEL_DATA_DIR to a folder that belongs to the user who runs the server, or give it to them with "
     "chown.",
     true},
    {"permission", "Permission denied|Read-only file system|Operation not permitted",
     "A file or folder cannot be used.", "The user who runs the server may not.",
     "Give the file that the line names to that user with chown, or choose another place."},
    {"memory", "std::bad_alloc|not enough memory|Cannot allocate memory", "A request or the server failed.",
     "There was no memory left.",
     "Give it more memory, or let it need less: EMBEDDING_PRECISION=int8, EMBEDDING_BATCH_TOKENS=512, "
     "RERANK_ENABLE=false."},
    {"reranker-failing", "reranking failed, the first stage's order is returned",
     "Answers come in the order of the first stage.", "The reranker fails on queries.",
     "The line says why; `rappel check` tries the reranker alone."},
    {"setting", "expected a whole number|expected true or false|: expected |must be less than half of",
     "The server does not start.", "A setting has a value that means nothing.",
     "Correct it where the message says; docs/configuration.md lists what each takes.", true},
    {"crash",
     "internal error at |stopped by an unexpected failure|terminate called|Segmentation "
     "fault|status=11/SEGV|status=6/ABRT|dumped core",
     "The server crashed.", "A mistake of rappel's own, or memory that does not hold what was written.",
     "Restart it: nothing that was acknowledged is lost. Please report the line with the ones before it and "
     "`rappel --version`."},
    {"killed", "status=9/KILL|code=killed", "The server was killed.",
     "Somebody or something sent it a signal that it cannot answer; the kernel does so when memory is short.",
     "Look for the kernel's word on it: `journalctl -k` or `dmesg`, and search for 'Killed process'."},
};

// The parts of the sign that `..` divides stand in the message in this order.
bool shows(std::string_view message, std::string_view sign) {
  constexpr std::string_view kAny = "..";
  for (;;) {
    const std::size_t end = sign.find(kAny);
    const std::string_view part = sign.substr(0, end);
    const std::size_t at = message.find(part);
    if (at == std::string_view::npos) return false;
    if (end == std::string_view::npos) return true;
    message.remove_prefix(at + part.size());
    sign.remove_prefix(end + kAny.size());
  }
}

}  // namespace

std::span<const Trouble> trouble_table() { return kTroubles; }

const Trouble* trouble_of(std::string_view message) {
  for (const Trouble& trouble : kTroubles)
    if (has_sign(message, trouble)) return &trouble;
  return nullptr;
}

bool has_sign(std::string_view message, const Trouble& trouble) {
  const auto signs = split_bar(trouble.signs);
  return std::any_of(signs.begin(), signs.end(), [&](std::string_view sign) { return shows(message, sign); });
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
