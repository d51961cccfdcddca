#include "doctor/rules.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/fault_id.h"
#include "config/options.h"
#include "doctor/metrics.h"
#include "doctor/troubles.h"

namespace rappel {
namespace {

using Answers = ServerEvidence::Answers;

// A machine and a server without fault.
Evidence healthy() {
  Evidence evidence;
  evidence.settings = {".env", 0600, true, {}, "", {}};
  evidence.server.answers = Answers::kRappel;
  evidence.server.address = "127.0.0.1:8000";
  evidence.server.status = 200;
  evidence.server.health =
      R"({"status":"ok","version":"0.1.0","device":"cpu: AMD EPYC, AVX-512, 2 threads","embedding_model":"BAAI/bge-m3"})";
  evidence.server.metrics =
      "# HELP rappel_batch_tokens_limit Most tokens of a batch.\n# TYPE rappel_batch_tokens_limit gauge\n"
      "rappel_batch_tokens_limit{engine=\"embedder\"} 4096\n"
      "rappel_device_memory_retries_total{engine=\"embedder\"} "
      "0\nrappel_device_fallbacks_total{engine=\"embedder\"} 0\n"
      "rappel_http_request_duration_seconds_count{route=\"/query\",status=\"200\"} "
      "12\nrappel_rejected_requests_total{reason=\"queue_full\"} 0\n";
  evidence.server.process = ProcessInfo{812, "rappel", "", "VmRSS:\t 900000 kB\nVmSwap:\t 0 kB\n",
                                        "Limit Soft Limit Hard Limit Units\nMax open files            1024   "
                                        "              4096                 files\n"};
  evidence.server.connections = 512;
  evidence.group.cpu_stat = "usage_usec 1000\nnr_periods 1000\nnr_throttled 3\nthrottled_usec 9000\n";
  evidence.group.cpu_folder = "/sys/fs/cgroup/rappel";
  evidence.group.memory_limit = 4'000'000'000;
  evidence.group.memory_in_use = 2'000'000'000;
  evidence.group.memory_events = "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\n";
  evidence.device = "auto";
  evidence.requirements = {{"model", true, true, "there"}, {"disk", true, true, "80.0 GB free"}};
  evidence.models = {{"EMBEDDING_MODEL", "BAAI/bge-m3", {}, ""}};
  evidence.store.description.setting = "RAPPEL_DATA_DIR";
  evidence.store.description.location = "data";
  evidence.speed = SpeedEvidence{1000, 6e8, 8e11, 1, 2, 2, "avx512", "avx512", "int8", "int8"};
  return evidence;
}

Evidence down() {
  Evidence evidence = healthy();
  evidence.server.answers = Answers::kNobody;
  evidence.server.health = evidence.server.metrics = "";
  evidence.server.process.reset();
  return evidence;
}

Evidence with_log(Evidence evidence, const std::string& text) {
  evidence.log = {"server.log", parse_server_log(text)};
  return evidence;
}

std::string names(const Evidence& evidence) {
  std::string all;
  for (const Finding& finding : diagnose(evidence))
    all += (all.empty() ? "" : " ") + finding.name + (finding.level == Finding::Level::kAdvice ? "?" : "");
  return all;
}

bool says(const Evidence& evidence, const std::string& words) {
  for (const Finding& finding : diagnose(evidence)) {
    std::string all = finding.symptom + finding.cause + finding.remedy;
    for (const std::string& one : finding.evidence) all += one;
    if (all.find(words) != std::string::npos) return true;
  }
  return false;
}

#define EXPECT_SAYS(evidence, words) \
  EXPECT_TRUE(says(evidence, words)) << words << " is not in " << names(evidence)

TEST(Doctor, FindsNothingWhereNothingIs) {
  EXPECT_EQ(names(healthy()), "");
  EXPECT_EQ(names(down()), "") << "a server that does not run is no trouble in itself";
  EXPECT_EQ(names(with_log(down(),
                           "2026-11-23T10:00:00.123Z info    embedder: device cpu\n2026-11-23T10:00:00.123Z "
                           "info    stopped\n")),
            "");
  EXPECT_EQ(names(with_log(healthy(), "2026-11-23T10:00:00.123Z info    embedder: device cpu\n")), "");
}

TEST(Doctor, EveryFindingSaysAllThereIsToSay) {
  Evidence evidence = down();
  evidence.settings.problems = {"RERANK_K=0 in .env line 3: expected a whole number 1..1000"};
  evidence.settings.token_problem = "BEARER_TOKEN is not set: ..";
  evidence.models[0].state =
      Status(Code::kNotFound, "model BAAI/bge-m3 is not on this machine: looked for a folder")
          .with_id("model-missing");
  const auto findings = diagnose(evidence);
  ASSERT_EQ(findings.size(), 3u);
  for (const Finding& finding : findings) {
    EXPECT_FALSE(finding.symptom.empty() || finding.cause.empty() || finding.remedy.empty()) << finding.name;
    EXPECT_FALSE(finding.evidence.empty() || finding.evidence[0].empty()) << finding.name;
  }
}

TEST(Doctor, Settings) {
  Evidence evidence = healthy();
  evidence.settings.problems = {
      "EMBEDDING_DEVICE=cuda in .env line 2: this build has the devices cpu and reference; unset it "
      "[device-missing]"};
  EXPECT_EQ(names(evidence), "device-missing");
  EXPECT_SAYS(evidence, "no NVIDIA driver is loaded");
  evidence.nvidia_driver = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  470.57.02";
  EXPECT_SAYS(evidence, "470.57.02");
  evidence = healthy();
  evidence.settings.token_problem = "BEARER_TOKEN is not set: put one there";
  EXPECT_EQ(names(evidence), "") << "the server has one from elsewhere";
  evidence = down();
  evidence.settings.token_problem = "BEARER_TOKEN is not set: put one there [token]";
  EXPECT_EQ(names(evidence), "token");
  evidence = healthy();
  evidence.settings.mode = 0640;
  EXPECT_EQ(names(evidence), "readable-secrets?");
  EXPECT_SAYS(evidence, "chmod 600 .env");
  evidence.settings.holds_secret = false;
  EXPECT_EQ(names(evidence), "");
}

TEST(Doctor, ThePort) {
  Evidence evidence = down();
  evidence.server.answers = Answers::kStranger;
  evidence.server.status = 404;
  evidence.server.process = ProcessInfo{77, "nginx", "", "", ""};
  EXPECT_EQ(names(evidence), "port-taken");
  EXPECT_SAYS(evidence, "nginx (process 77)");
  EXPECT_SAYS(evidence, "status 404");
  evidence.server.process.reset();
  evidence.server.status = 0;
  EXPECT_SAYS(evidence, "does not speak HTTP");
  EXPECT_SAYS(evidence, "sudo ss -ltnp");
  evidence = down();
  evidence.server.listening =
      Status(Code::kUnavailable,
             "cannot listen on 127.0.0.1 port 80: not permitted; choose a port above 1023, or ..")
          .with_id("port-forbidden");
  EXPECT_EQ(names(evidence), "port-forbidden");
  evidence.server.listening =
      Status(Code::kUnavailable,
             "cannot listen on 10.1.1.1 port 8000: this machine has no such address; use 127.0.0.1")
          .with_id("address");
  EXPECT_EQ(names(evidence), "address");
  evidence.server.listening =
      Status(Code::kUnavailable, "cannot listen on 10.1.1.1 port 8000: the system refused");
  EXPECT_EQ(names(evidence), "cannot-listen");
}

TEST(Doctor, ARappelThatDoesNotAnswerIsNoStranger) {
  Evidence evidence = healthy();
  evidence.server.answers = Answers::kSilent;
  evidence.server.status = 0;
  evidence.server.health = evidence.server.metrics = "";
  evidence.settings.token_problem = "BEARER_TOKEN is not set: put one there";
  EXPECT_EQ(names(evidence), "not-answering");
  EXPECT_SAYS(evidence, "no answer; rappel (process 812) listens there");
  EXPECT_EQ(names(with_log(evidence, "2026-11-23T10:00:00.123Z info    embedder: device cpu\n")),
            "not-answering")
      << "it has not ended";
  evidence.server.status = 503;
  EXPECT_EQ(names(evidence), "too-many-connections");
  EXPECT_SAYS(evidence, "RAPPEL_MAX_CONNECTIONS");
}

TEST(Doctor, AServerThatCannotUseItsModels) {
  Evidence evidence = healthy();
  evidence.server.health = R"({"status":"failed","version":"0.1.0","embedding_model":"BAAI/bge-m3"})";
  EXPECT_EQ(names(evidence), "models-failed");
  EXPECT_SAYS(evidence, "--log FILE");
  evidence.server.health =
      R"({"status":"failed","version":"0.1.0","embedding_model":"m","trouble":"embedder: cuda:0 failed: lost"})";
  EXPECT_EQ(names(evidence), "device-refused");
  EXPECT_SAYS(evidence, "cuda:0 failed: lost");
}

TEST(Doctor, ARerankerWithoutADevice) {
  Evidence evidence = healthy();
  evidence.server.health =
      R"({"status":"degraded","version":"0.1.0","device":"cpu","trouble":"reranker: cuda:0 failed: lost, and nothing else may compute [reranker-refused]"})";
  EXPECT_EQ(names(evidence), "reranker-refused") << "queries are answered";
  EXPECT_SAYS(evidence, "cuda:0 failed: lost");
}

TEST(Doctor, ADegradedServer) {
  Evidence evidence = healthy();
  evidence.server.health =
      R"({"status":"degraded","version":"0.1.0","device":"cpu","trouble":"embedder: cuda:0 failed: device lost [device-lost]"})";
  evidence.server.metrics += "rappel_device_fallbacks_total{engine=\"reranker\"} 1\n";
  EXPECT_EQ(names(evidence), "device-lost");
  EXPECT_SAYS(evidence, "cuda:0 failed: device lost");
  EXPECT_SAYS(evidence, "rappel_device_fallbacks_total{engine=\"reranker\"} 1");
  evidence.server.health =
      R"({"status":"degraded","version":"0.1.0","device":"cpu",)"
      R"("trouble":"reranker: RERANK_DEVICE=mps: this build has the devices cpu and reference [device-missing]"})";
  EXPECT_EQ(names(evidence), "device-missing");
  EXPECT_SAYS(evidence, "RERANK_DEVICE=mps: this build");
  EXPECT_SAYS(evidence, "rappel_device_fallbacks_total{engine=\"reranker\"} 1");
  evidence = healthy();
  evidence.server.metrics =
      "rappel_device_memory_retries_total{engine=\"embedder\"} "
      "3\nrappel_batch_tokens_limit{engine=\"embedder\"} 512\n";
  EXPECT_EQ(names(evidence), "device-memory");
  EXPECT_SAYS(evidence, "batches of 512 tokens now");
  evidence = healthy();
  evidence.server.metrics =
      "rappel_rejected_requests_total{reason=\"queue_full\"} "
      "9\nrappel_http_request_duration_seconds_count{route=\"/query\",status=\"500\"} 2\n";
  EXPECT_EQ(names(evidence), "server-errors overloaded?");
  evidence = healthy();
  evidence.server.health = R"({"status":"loading","version":"0.1.0"})";
  EXPECT_EQ(names(evidence), "loading?");
  evidence.server.health = "[1";
  EXPECT_EQ(names(evidence), "") << "nothing is made of what cannot be read";
}

TEST(Doctor, AThrottledGroup) {
  Evidence evidence = healthy();
  evidence.group.cpu_quota = 1.5;
  evidence.group.cpu_stat = "usage_usec 99\nnr_periods 1000\nnr_throttled 412\nthrottled_usec 35100000\n";
  EXPECT_EQ(names(evidence), "cpu-throttled");
  EXPECT_SAYS(evidence, "412 of 1000 periods were cut, 35.1 s in all");
  EXPECT_SAYS(evidence, "Raise the quota");
  evidence.threads = 4;
  EXPECT_SAYS(evidence, "RAPPEL_THREADS=4 is more than it");
  evidence.group.cpu_stat = "nr_periods 1000\nnr_throttled 412\nthrottled_time 35100000000\n";
  EXPECT_SAYS(evidence, "35.1 s in all");  // cgroup v1 counts nanoseconds
  evidence.group.cpu_stat = "nr_periods 10\nnr_throttled 10\nthrottled_usec 1\n";
  EXPECT_EQ(names(evidence), "") << "too short to say";
}

TEST(Doctor, MemoryAndFiles) {
  Evidence evidence = healthy();
  evidence.group.memory_events = "low 0\noom 5\noom_kill 2\n";
  EXPECT_EQ(names(evidence), "killed-out-of-memory");
  EXPECT_SAYS(evidence, "2 processes killed for lack of memory, limit 4.0 GB");
  evidence.group.own_events = false;
  EXPECT_EQ(names(evidence), "killed-out-of-memory?") << "perhaps of another process";
  evidence = down();
  evidence.group.memory_events = "oom_kill 2\n";
  EXPECT_EQ(names(evidence), "killed-out-of-memory?") << "of this shell's group";
  EXPECT_SAYS(evidence, "perhaps the server");
  evidence = healthy();
  evidence.group.memory_in_use = 3'900'000'000;
  EXPECT_EQ(names(evidence), "memory-tight?");
  evidence = healthy();
  evidence.server.process->status = "VmSwap:\t  512000 kB\n";
  EXPECT_EQ(names(evidence), "swapped");
  evidence = healthy();
  evidence.server.process->limits =
      "Max open files            256                  4096                 files\n";
  EXPECT_EQ(names(evidence), "file-limit?");
  EXPECT_SAYS(evidence, "256, for RAPPEL_MAX_CONNECTIONS=512");
}

TEST(Doctor, TheMachine) {
  Evidence evidence = healthy();
  evidence.requirements = {{"disk", false, true, "0.2 GB free for data"},
                           {"memory", false, true, "3 GB of 2 GB"},
                           {"huge pages", false, false, "never; .."},
                           {"model", false, true, "told elsewhere"}};
  EXPECT_EQ(names(evidence), "disk-full too-little-memory machine?");
  evidence = healthy();
  evidence.nvidia_driver = "NVRM version: ..";
  EXPECT_EQ(names(evidence), "gpu-unused?");
  evidence.has_cuda = true;
  EXPECT_EQ(names(evidence), "");
  evidence.device = "reference";
  EXPECT_EQ(names(evidence), "slow-device");
}

TEST(Doctor, Models) {
  const std::pair<Status, const char*> cases[] = {
      {Status(Code::kNotFound, "model BAAI/bge-m3 is not on this machine: looked for a folder")
           .with_id("model-missing"),
       "model-missing"},
      {{Code::kCorrupt, "m/model.safetensors: its header ends after the file"}, "model-damaged"},
      {{Code::kUnavailable, "cannot open m/config.json: Permission denied"}, "permission"},
      {{Code::kUnsupported, "m: a model of another kind"}, "model"},
  };
  for (const auto& [state, name] : cases) {
    Evidence evidence = down();
    evidence.models[0].state = state;
    EXPECT_EQ(names(evidence), name);
    EXPECT_SAYS(evidence, state.message());
  }
  Evidence evidence = down();
  evidence.models[0] = {"EMBEDDING_MODEL", "/m", Status(Code::kNotFound, "there is no folder \"/m\""),
                        "/secret"};
  EXPECT_EQ(names(evidence), "permission");
  EXPECT_SAYS(evidence, "/secret may not be entered");
}

TEST(Doctor, TheStore) {
  Evidence evidence = down();
  evidence.store.state = Status(Code::kNotFound, "there is no store yet");
  EXPECT_EQ(names(evidence), "");
  evidence.store.state =
      Status(Code::kFailedPrecondition,
             "data/rappel.db holds vectors of the model a (8 dimensions), but b (8 dimensions) was given")
          .with_id("model-mismatch");
  EXPECT_EQ(names(evidence), "model-mismatch");
  evidence.store.state =
      Status(Code::kUnavailable, "data/rappel.db is locked by another process (waited 2 s): try again")
          .with_id("store-locked");
  evidence.store.users = {{41, "backup", "", "", ""}};
  EXPECT_EQ(names(evidence), "store-locked");
  EXPECT_SAYS(evidence, "backup (process 41) has it open");
  evidence.store.state =
      Status(Code::kCorrupt, "data/rappel.db is not a database: choose another data folder")
          .with_id("store-damaged");
  EXPECT_EQ(names(evidence), "store-damaged");
  evidence.store.state =
      Status(Code::kFailedPrecondition, "data/rappel.db has format version 9, this program knows 1 to 2")
          .with_id("store-newer");
  EXPECT_EQ(names(evidence), "store-newer");
  evidence.store.state =
      Status(Code::kUnavailable,
             "cannot write data/rappel.db: check that the file and its folder exist and belong to this user")
          .with_id("data-folder");
  EXPECT_EQ(names(evidence), "data-folder");
  evidence.store.description.unwritable = "data may not be written: Permission denied";
  EXPECT_EQ(diagnose(evidence).size(), 1u);
  EXPECT_SAYS(evidence, "RAPPEL_DATA_DIR=data: data may not be written");
}

TEST(Doctor, BusyMachine) {
  Evidence evidence = healthy();
  evidence.load.words = "other programs use 0.1 of 2 CPUs";
  EXPECT_EQ(names(evidence), "");
  evidence.load.busy = true;
  evidence.load.words = "other programs use 1.9 of 2 CPUs, load average 6.2";
  evidence.load.users = {{7, "yes", 0.6}, {8, "yes", 0.6}, {9, "sh", 0.7}};
  EXPECT_EQ(names(evidence), "busy-machine?");
  EXPECT_SAYS(evidence, "other programs use 1.9 of 2 CPUs, load average 6.2");
  EXPECT_SAYS(evidence, "yes (2 processes, 1.2 CPUs), sh (process 9, 0.7 CPUs)");
}

TEST(Doctor, Speed) {
  Evidence evidence = healthy();
  evidence.speed->tokens_per_second = 300;  // of 1333 that a plain product would allow
  EXPECT_EQ(names(evidence), "slow");
  EXPECT_SAYS(evidence, "300 tokens/s, 22 % of what a plain product of 800 Gop/s allows");
  EXPECT_SAYS(evidence, "was not found");
  evidence.speed->cpu_share = 0.4;
  EXPECT_EQ(names(evidence), "slow?") << "on a busy machine it is advice";
  EXPECT_SAYS(evidence, "Other work took 60 % of its threads' time");
  evidence = healthy();
  evidence.speed->tokens_per_second = 300;
  evidence.speed->precision = "float32";
  EXPECT_EQ(names(evidence), "slow?") << "chosen, and not for speed";
  EXPECT_SAYS(evidence, "EMBEDDING_PRECISION=auto");
  evidence.speed->threads = 1;
  EXPECT_EQ(names(evidence), "slow");
  EXPECT_SAYS(evidence, "1 of 2 threads");
  evidence = healthy();
  evidence.speed->threads = 1;
  evidence.speed->target = "sse4";
  EXPECT_EQ(names(evidence), "slow?") << "fast enough, and held back";
  EXPECT_SAYS(evidence, "unset RAPPEL_CPU_TARGET");
  evidence.speed.reset();
  EXPECT_EQ(names(evidence), "");
}

// --- the log ---

const std::string kTime = "2026-11-23T10:00:00.123Z ";
const std::string kBegun = kTime + "info    embedder: device cpu: AMD EPYC, AVX-512 VNNI, 2 threads\n";

struct LogCase {
  const char* line;
  const char* name;
};

// Lines as the server, systemd and the kernel wrote them.
const LogCase kLines[] = {
    {"Nov 23 10:00:00 host kernel: Out of memory: Killed process 812 (rappel) total-vm:5123456kB, "
     "anon-rss:3912345kB",
     "killed-out-of-memory"},
    {"Nov 23 10:00:00 host kernel: Memory cgroup out of memory: Killed process 812 (rappel) "
     "total-vm:5123456kB",
     "killed-out-of-memory"},
    {"Nov 23 10:00:00 host systemd[1]: rappel.service: A process of this unit has been killed by the OOM "
     "killer.",
     "killed-out-of-memory"},
    {"Nov 23 10:00:00 host systemd[1]: rappel.service: Main process exited, code=killed, status=9/KILL",
     "killed"},
    {"Nov 23 10:00:00 host systemd[1]: rappel.service: Main process exited, code=dumped, status=11/SEGV",
     "crash"},
    {"Nov 23 10:00:00 host systemd[1]: rappel.service: Main process exited, code=dumped, status=4/ILL",
     "cpu-target"},
    {"rappel: internal error at runtime.cc:10: a promise (x > 0) [crash]", "crash"},
    {"terminate called after throwing an instance of 'std::bad_alloc'", "memory"},
    {"rappel: RAPPEL_CPU_TARGET=amx: this machine lacks AMX-TILE; it can run auto, avx2 [cpu-target]",
     "cpu-target"},
    {"rappel: CUDA driver version is insufficient for CUDA runtime version", "driver-too-old"},
    {"rappel: any words at all [device-missing]", "device-missing"},
    {"rappel: cannot listen on 127.0.0.1 port 8000: another program holds this port; stop it (Address "
     "already in use) [port-taken]",
     "port-taken"},
    {"rappel: BEARER_TOKEN is not set: put a long random token into .env [token]", "token"},
    {"rappel: data/rappel.db is another model's [model-mismatch]", "model-mismatch"},
    {"rappel: data/rappel.db is damaged: restore its folder from a backup (disk image [11]) [store-damaged]",
     "store-damaged"},
    {"rappel: data/rappel.db has format version 9, this program knows versions 1 to 2 [store-newer]",
     "store-newer"},
    {"rappel: cannot upgrade data/rappel.db from format version 1 to 2: its disk has 5 MB free [disk-full]",
     "disk-full"},
    {"rappel: cannot upgrade data/rappel.db from format version 1 to 2: another process has it open "
     "[store-locked]",
     "store-locked"},
    {"rappel: cannot upgrade data/rappel.db from format version 1 to 2: this user cannot write the file "
     "(cannot write data/rappel.db [data-folder]) [data-folder]",
     "data-folder"},
    {"rappel: cannot create the data folder /srv/x: Permission denied [data-folder]", "data-folder"},
    {"rappel: cannot open /srv/model/config.json: Permission denied", "permission"},
    {"rappel: EMBEDDING_BATCH=abc in .env line 3: expected a whole number 1..1024 [setting]", "setting"},
    {"2026-11-23T10:00:00.123Z error   embedder: cuda:0 failed (no memory [memory-limit]); loading the model "
     "on cpu "
     "[device-lost]",
     "device-lost"},
    {"2026-11-23T10:00:00.123Z error   embedder: cuda:0 failed (lost): restart, or allow the CPU "
     "[device-refused]",
     "device-refused"},
    {"2026-11-23T10:00:00.123Z error   reranker: cuda:0 failed (lost): restart, or allow the CPU "
     "[reranker-refused]",
     "reranker-refused"},
    {"rappel: no memory for the weights of encoder.layer.14.output.dense.weight: 297 MB of at most 300 MB "
     "are taken (RAPPEL_DEVICE_MEMORY); use a smaller batch budget or model [memory-limit]",
     "memory-limit"},
    {"2026-11-23T10:00:00.123Z warning embedder: cuda:0 has no memory for a batch of 4096 tokens; batches of "
     "2048 from now on [device-memory]",
     "device-memory"},
    {"2026-11-23T10:00:00.123Z warning reranking failed, the first stage's order is returned: no memory "
     "[memory] "
     "[reranker-failing]",
     "reranker-failing"},
    {"2026-11-23T10:00:00.123Z error   POST /upsert: unavailable: no space left on the disk of "
     "data/rappel.db [disk-full]",
     "disk-full"},
    {"Nov 23 10:00:00 host journald[1]: failed to write: No space left on device", "disk-full"},
    {"2026-11-23T10:00:00.123Z error   POST /upsert: unavailable: data/rappel.db is locked by another "
     "process (waited 10 s) [store-locked]",
     "store-locked"},
    {"2026-11-23T10:00:00.123Z error   accept: Too many open files", "file-limit"},
};

TEST(DoctorLog, EveryKindOfLineIsKnown) {
  for (const LogCase& one : kLines) {
    const Trouble* trouble = trouble_of(one.line);
    ASSERT_NE(trouble, nullptr) << one.line;
    EXPECT_EQ(trouble->name, std::string(one.name)) << one.line;
    // In the log of a server that is down, behind lines that mean nothing.
    const Evidence evidence = with_log(down(), kBegun + one.line + "\n");
    const auto findings = diagnose(evidence);
    ASSERT_FALSE(findings.empty()) << one.line;
    EXPECT_TRUE(std::any_of(findings.begin(), findings.end(),
                            [&](const Finding& f) {
                              return f.name == one.name && f.evidence[0].starts_with("server.log line 2: ");
                            }))
        << one.line << names(evidence);
  }
}

TEST(DoctorLog, HarmlessLinesMeanNothing) {
  for (const char* line :
       {"info    embedder: device cpu: AMD EPYC", "info    embedder: loading BAAI/bge-m3 (int8)",
        "info    store: 3 documents, 9 chunks in data",
        "info    EMBEDDING_DEVICE=mps in .env line 1: this build has the devices cpu and reference; using "
        "auto"})
    EXPECT_EQ(names(with_log(healthy(), kTime + line + "\n")), "") << line;
}

TEST(DoctorLog, WhatHasPassedIsAdvice) {
  const std::string taken =
      "rappel: cannot listen on 127.0.0.1 port 8000: another program holds this port [port-taken]\n";
  EXPECT_EQ(names(with_log(down(), kBegun + taken)), "port-taken") << "the server is down for it";
  EXPECT_SAYS(with_log(down(), kBegun + taken), "start the server again. If it comes back");
  EXPECT_EQ(names(with_log(healthy(), kBegun + taken)), "already-running?");
  EXPECT_EQ(names(with_log(healthy(), taken + "rappel: BEARER_TOKEN is not set [token]\n" + kBegun)),
            "port-taken? token?");
  const std::string lost =
      kTime + "error   embedder: cuda:0 failed (lost); loading the model on cpu [device-lost]\n";
  EXPECT_EQ(names(with_log(healthy(), kBegun + lost)), "device-lost");
  EXPECT_EQ(names(with_log(healthy(), kBegun + lost + kBegun)), "device-lost?") << "before the last start";
  EXPECT_SAYS(with_log(healthy(), kBegun + lost + lost + kBegun), "server.log line 3: ");
  EXPECT_SAYS(with_log(healthy(), kBegun + lost + lost + kBegun), "(the last of 2)");
}

TEST(DoctorLog, AnEndWithoutFarewell) {
  EXPECT_EQ(names(with_log(down(), kBegun)), "ended-abruptly");
  Evidence evidence = with_log(down(), kBegun);
  evidence.group.memory_events = "oom_kill 1\n";
  EXPECT_EQ(names(evidence), "killed-out-of-memory") << "then it is known why";
  EXPECT_EQ(
      names(with_log(down(), kBegun + "Nov 23 host kernel: Out of memory: Killed process 812 (rappel)\n")),
      "killed-out-of-memory");
}

TEST(DoctorLog, LastWordsThatNobodyKnowsAreQuoted) {
  const Evidence evidence = with_log(down(), kBegun + "rappel: the moon is in the way\n");
  EXPECT_EQ(names(evidence), "did-not-start");
  EXPECT_SAYS(evidence, "server.log line 2: the moon is in the way");
  EXPECT_EQ(names(with_log(healthy(), kBegun + "rappel: the moon is in the way\n")), "");
}

TEST(DoctorLog, IdDecidesAndWordsDoNot) {
  EXPECT_EQ(trouble_of("cannot listen on 127.0.0.1 port 8000: another program holds this port"), nullptr);
  EXPECT_EQ(trouble_of("data: Permission denied [data-folder]"), &trouble_named("data-folder"));
  EXPECT_EQ(trouble_of("Permission denied [of-a-later-version]"), &trouble_named("permission"));
  EXPECT_TRUE(has_id("a [device-missing]; b [device-lost]", "device-missing"));
  EXPECT_FALSE(has_id("a device-missing", "device-missing"));
}

TEST(DoctorLog, TroubleTableIsSound) {
  std::set<std::string> seen;
  for (const Trouble& trouble : trouble_table()) {
    EXPECT_TRUE(seen.insert(trouble.name).second) << trouble.name;
    EXPECT_TRUE(trouble.own || *trouble.signs != '\0')
        << trouble.name << ": neither an id nor a sign reports it";
    EXPECT_EQ(trouble_of("words" + fault_mark(trouble.name)), trouble.own ? &trouble : nullptr)
        << trouble.name;
    for (const std::string_view sign : split_bar(trouble.signs))
      EXPECT_EQ(trouble_of(sign), &trouble) << sign;
    for (const char* text : {trouble.symptom, trouble.cause, trouble.remedy})
      EXPECT_TRUE(std::string_view(text).ends_with('.')) << trouble.name << text;
  }
}

TEST(MetricsReading, SumsSamplesOfANameAndALabel) {
  const std::string text =
      "# HELP a_total x\na_total{k=\"1\"} 2\na_total{k=\"2\",l=\"x y\"} 3\na_total_more 100\nb "
      "1.5e3\nc_bucket{le=\"1\"} 7\n";
  const MetricsReading metrics(text);
  EXPECT_EQ(metrics.sum("a_total"), 5);
  EXPECT_EQ(metrics.sum("a_total", "k=\"2\""), 3);
  EXPECT_EQ(metrics.sum("b"), 1500);
  EXPECT_EQ(metrics.sum("c"), 0);
  EXPECT_EQ(metrics.sum("none"), 0);
  EXPECT_EQ(MetricsReading("").sum("a"), 0);
}

}  // namespace
}  // namespace rappel
