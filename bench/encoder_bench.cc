// rappel's side of the bench: a process that loads a model folder once and answers timings, one line per
// request.
//
//   rappel_bench_encoder --model FOLDER [--threads N] [--precision NAME] [--target NAME] [--batch-tokens N]
//
// Without --batch-tokens it measures how many tokens a forward pass should take, as `rappel serve` does when
// it starts.
// Protocol, the same for every peer (protocol.py): after loading it prints "ready {json}"; then for each
// request line
//   run REPETITIONS TEXTS_FILE [VECTORS_FILE]
// it prints "ok COLUMNS WALL/CPU WALL/CPU .." (milliseconds per repetition; "warm" in place of "run" puts one
// pass before them that is not counted). TEXTS_FILE has one text per line, token ids separated by blanks. A
// time covers token ids to pooled vectors (or logits) in host memory; CPU is that of all threads of the
// process. VECTORS_FILE gets the last pass's rows as raw float32, in the texts' order. A request that fails
// prints "error MESSAGE" and the process goes on; a failed start prints "unavailable MESSAGE".
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <map>
#include <numeric>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <time.h>

#include "base/thread_pool.h"
#include "embed/local/batch_tuning.h"
#include "engine/cpu/cpu_device.h"
#include "engine/encoder.h"

namespace {

using namespace rappel;
using Clock = std::chrono::steady_clock;
using Texts = std::vector<std::vector<std::int32_t>>;

double process_cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

// Resident bytes of the process: "RssAnon" is memory of its own, "RssFile" pages of mapped files. 0 where the
// system does not say.
double resident_bytes(const std::string& which) {
  std::ifstream status("/proc/self/status");
  for (std::string name; status >> name; status.ignore(1 << 10, '\n')) {
    double kilobytes = 0;
    if (name == which + ":" && status >> kilobytes) return kilobytes * 1024;
  }
  return 0;
}

struct Settings {
  std::string model;
  int threads = 2;
  std::string precision = "float32";
  std::string target;
  std::size_t batch_tokens = 0;
};

std::optional<Settings> parse(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i], value = argv[i + 1];
    if (name == "--model")
      settings.model = value;
    else if (name == "--threads")
      settings.threads = std::max(1, std::atoi(value.c_str()));
    else if (name == "--precision")
      settings.precision = value;
    else if (name == "--target")
      settings.target = value;
    else if (name == "--batch-tokens")
      settings.batch_tokens = static_cast<std::size_t>(std::max(0, std::atoi(value.c_str())));
    else
      return std::nullopt;
  }
  if (settings.model.empty() || argc % 2 == 0) return std::nullopt;
  return settings;
}

std::optional<WeightKind> weight_kind(const std::string& name) {
  for (const WeightKind kind :
       {WeightKind::kFloat32, WeightKind::kHalf, WeightKind::kW8A16, WeightKind::kInt8})
    if (name == weight_kind_name(kind)) return kind;
  return std::nullopt;
}

Result<Texts> read_texts(const std::string& path) {
  std::ifstream in(path);
  if (!in) return Status(Code::kNotFound, "cannot read " + path);
  Texts texts;
  for (std::string line; std::getline(in, line);) {
    std::istringstream numbers(line);
    std::vector<std::int32_t> ids;
    for (std::int32_t id; numbers >> id;) ids.push_back(id);
    if (!ids.empty()) texts.push_back(std::move(ids));
  }
  if (texts.empty()) return Status(Code::kInvalidArgument, path + " has no texts");
  return texts;
}

class Bench {
 public:
  Bench(Encoder& encoder, std::size_t batch_tokens) : encoder_(encoder), batch_tokens_(batch_tokens) {
    if (encoder.config().head == HeadKind::kClassification)
      request_.logits = true;
    else
      request_.dense = true;
  }

  // All texts once, in batches of at most batch_tokens tokens (a longer text has its own). Rows land in
  // `rows`.
  Status pass(const Texts& texts, std::vector<float>& rows) {
    rows.clear();
    for (std::size_t next = 0; next < texts.size();) {
      batch_.clear();
      do batch_.append(texts[next], {}, encoder_.config());
      while (++next < texts.size() && batch_.tokens() + texts[next].size() <= batch_tokens_);
      RAPPEL_TRY(encoder_.forward(batch_, request_, outputs_));
      const std::vector<float>& part = request_.logits ? outputs_.logits : outputs_.dense;
      rows.insert(rows.end(), part.begin(), part.end());
    }
    return {};
  }

 private:
  Encoder& encoder_;
  std::size_t batch_tokens_;
  HeadRequest request_;
  PackedTokens batch_;
  HeadOutputs outputs_;
};

Result<std::string> answer(Bench& bench, std::map<std::string, Texts>& known, const std::string& line) {
  std::istringstream words(line);
  std::string command, texts_path, vectors_path;
  int repetitions = 0;
  words >> command >> repetitions >> texts_path >> vectors_path;
  if ((command != "run" && command != "warm") || repetitions < 1 || texts_path.empty())
    return Status(Code::kInvalidArgument, "expected: run|warm REPETITIONS TEXTS_FILE [VECTORS_FILE]");
  if (!known.contains(texts_path)) {
    RAPPEL_ASSIGN(known[texts_path], read_texts(texts_path));
  }
  const Texts& texts = known[texts_path];
  std::vector<float> rows;
  if (command == "warm") RAPPEL_TRY(bench.pass(texts, rows));
  std::string times;
  for (int i = 0; i < repetitions; ++i) {
    const double cpu_start = process_cpu_ms();
    const auto start = Clock::now();
    RAPPEL_TRY(bench.pass(texts, rows));
    char text[64];
    std::snprintf(text, sizeof text, " %.4f/%.4f",
                  std::chrono::duration<double, std::milli>(Clock::now() - start).count(),
                  process_cpu_ms() - cpu_start);
    times += text;
  }
  if (!vectors_path.empty()) {
    std::ofstream out(vectors_path, std::ios::binary);
    out.write(reinterpret_cast<const char*>(rows.data()),
              static_cast<std::streamsize>(rows.size() * sizeof(float)));
    if (!out) return Status(Code::kUnavailable, "cannot write " + vectors_path);
  }
  return "ok " + std::to_string(rows.size() / texts.size()) + times;
}

int unavailable(const std::string& why) {
  std::printf("unavailable %s\n", why.c_str());
  return 3;
}

// The batch size that `rappel serve` finds when it starts, with texts of 64 tokens.
Result<BatchChoice> tuned(const DeviceInfo& device, Encoder& encoder) {
  std::vector<std::int32_t> text(64);
  std::iota(text.begin(), text.end(), 5);
  HeadRequest heads;
  if (encoder.config().head == HeadKind::kClassification)
    heads.logits = true;
  else
    heads.dense = true;
  HeadOutputs outputs;
  return tune_batch_tokens(device, encoder.config(), text,
                           [&](const PackedTokens& batch) { return encoder.forward(batch, heads, outputs); });
}

int serve(const Settings& settings) {
  const auto kind = weight_kind(settings.precision);
  if (!kind) return unavailable("the engine has no precision \"" + settings.precision + "\"");
  const auto targets = cpu_targets();
  if (!settings.target.empty() && std::find(targets.begin(), targets.end(), settings.target) == targets.end())
    return unavailable("this machine cannot run the kernels \"" + settings.target + "\"");

  const auto start = Clock::now();
  const double own_before = resident_bytes("RssAnon");
  auto files = ModelFiles::open(settings.model);
  if (!files) return unavailable(files.status().to_string());
  ThreadPool pool(settings.threads);
  CpuDeviceOptions device_options;
  device_options.target = settings.target;
  const auto device = make_cpu_device(pool, device_options);
  if (!device->supports(*kind)) return unavailable("the device does not support " + settings.precision);
  EncoderOptions options;
  options.kind = *kind;
  options.max_batch_tokens = std::max<std::size_t>(8192, settings.batch_tokens);
  auto encoder = Encoder::load(*files, *device, options);
  if (!encoder) return unavailable(encoder.status().to_string());
  // No pass has run yet: what the load took of its own memory are the packed weights (and the tables, unless
  // mapped).
  const std::size_t own = static_cast<std::size_t>(resident_bytes("RssAnon") - own_before);
  const double mapped = resident_bytes("RssFile");
  const double load_seconds = std::chrono::duration<double>(Clock::now() - start).count();
  std::size_t batch_tokens = settings.batch_tokens;
  if (batch_tokens == 0) {
    const auto choice = tuned(device->info(), **encoder);
    if (!choice) return unavailable(choice.status().to_string());
    batch_tokens = choice->tokens;
    std::fprintf(stderr, "batches of %s\n", choice->to_string().c_str());
  }
  std::printf(
      "ready {\"version\": \"%s\", \"load_s\": %.3f, \"weight_bytes\": %zu, \"mapped_bytes\": %.0f, "
      "\"batch_tokens\": %zu}\n",
      device->info().description.c_str(), load_seconds, own, mapped, batch_tokens);
  std::fflush(stdout);

  Bench bench(**encoder, batch_tokens);
  std::map<std::string, Texts> known;
  for (std::string line; std::getline(std::cin, line) && line != "quit";) {
    const auto reply = answer(bench, known, line);
    std::printf("%s\n", reply ? reply->c_str() : ("error " + reply.status().to_string()).c_str());
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto settings = parse(argc, argv);
  if (!settings) {
    std::fprintf(stderr,
                 "usage: rappel_bench_encoder --model FOLDER [--threads N] [--precision NAME] [--target NAME]"
                 " [--batch-tokens N]\n");
    return 2;
  }
  return serve(*settings);
}
