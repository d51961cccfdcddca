// The work around the engine, timed by itself. bench/text.py and bench/serving.py call it; each prints one
// JSON object.
//
//   rappel_bench_text tokenize TOKENIZER_JSON TEXTS    texts of a file, separated by zero bytes, on one
//   thread rappel_bench_text json BODY_JSON                   an /upsert body: parsed, and turned into
//   documents rappel_bench_text floats ROWS COLUMNS              rows of floats written as `rappel embed`
//   writes them rappel_bench_text cache MODEL_FOLDER QUERIES       query embeddings found in the cache, as
//   /query asks for them
//
// All of it is work of one thread, so times are its CPU time, which other processes disturb little:
// milliseconds (microseconds for one hit of the cache), the least and the median of several rounds.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "base/os/file.h"
#include "base/thread_pool.h"
#include "codec/json_lines.h"
#include "embed/local/local_embedder.h"
#include "engine/cpu/cpu_device.h"
#include "server/http/body_json.h"
#include "server/input/documents.h"
#include "text/tokenizer.h"

namespace {

using namespace rappel;
constexpr int kRounds = 7;
constexpr std::size_t kMostDocuments = 100'000;  // as the server takes

struct Times {
  std::vector<double> milliseconds;
  double least() const { return *std::min_element(milliseconds.begin(), milliseconds.end()); }
  double median() const {
    std::vector<double> sorted = milliseconds;
    std::sort(sorted.begin(), sorted.end());
    return sorted[sorted.size() / 2];
  }
};

Times time_rounds(const std::function<void()>& round) {
  Times times;
  for (int i = 0; i < kRounds; ++i) {
    const std::clock_t start = std::clock();
    round();
    times.milliseconds.push_back(static_cast<double>(std::clock() - start) * 1000 / CLOCKS_PER_SEC);
  }
  return times;
}

Result<std::string> tokenize(const std::string& tokenizer_path, const std::string& texts_path) {
  RAPPEL_ASSIGN(const auto tokenizer, Tokenizer::load(tokenizer_path));
  RAPPEL_ASSIGN(const std::string bytes, read_file(texts_path));
  std::vector<std::string_view> texts;
  for (std::string_view rest = bytes; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\0'), rest.size());
    texts.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  EncodeOptions options;
  options.max_length = std::size_t{1} << 30;
  std::size_t tokens = 0;
  const Times times = time_rounds([&] {
    tokens = 0;
    for (const std::string_view text : texts) tokens += tokenizer->encode(text, options).ids.size();
  });
  return fmt::format(R"({{"texts": {}, "bytes": {}, "tokens": {}, "min_ms": {:.3f}, "median_ms": {:.3f}}})",
                     texts.size(), bytes.size(), tokens, times.least(), times.median());
}

Result<std::string> parse_body(const std::string& path) {
  RAPPEL_ASSIGN(const std::string body, read_file(path));
  std::size_t documents = 0;
  const Times parse =
      time_rounds([&] { documents = std::holds_alternative<JsonValue>(read_body_json(body)) ? 1 : 0; });
  if (documents == 0) return Status(Code::kInvalidArgument, path + " is not JSON");
  const Times whole = time_rounds([&] {
    FieldErrors errors;
    const auto json = read_body_json(body);
    documents = read_upsert_request(std::get<JsonValue>(json), kMostDocuments, errors).size();
  });
  return fmt::format(R"({{"bytes": {}, "documents": {}, "parse_min_ms": {:.3f}, "whole_min_ms": {:.3f}}})",
                     body.size(), documents, parse.least(), whole.least());
}

std::string write_floats(std::size_t rows, std::size_t columns) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0, 0.03f);
  std::vector<float> values(columns * rows);
  for (float& value : values) value = normal(random);
  std::size_t bytes = 0;
  const Times times = time_rounds([&] {
    std::string out;
    for (const float value : values) append_number(out += ',', value);
    bytes = out.size();
  });
  return fmt::format(R"({{"floats": {}, "bytes": {}, "min_ms": {:.3f}}})", values.size(), bytes,
                     times.least());
}

Result<std::string> hit_cache(const std::string& folder, std::size_t queries) {
  RAPPEL_ASSIGN(auto files, ModelFiles::open(folder));
  ThreadPool pool(1);
  const auto device = make_cpu_device(pool, {});
  EmbedderOptions options;
  options.cache = {.entries = queries, .bytes = SIZE_MAX};
  RAPPEL_ASSIGN(const auto embedder, LocalEmbedder::load("bench", std::move(files), *device, options));
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < queries; ++i)
    texts.push_back(
        fmt::format("What is known about the effect of treatment {} on patients of group {}?", i, i % 7));
  RAPPEL_TRY(embedder->embed_queries(texts).status());
  std::shuffle(texts.begin(), texts.end(), std::mt19937(1));
  Status status;
  const Times times = time_rounds([&] {
    for (const std::string& text : texts)
      if (auto hit = embedder->embed_queries({&text, 1}); !hit.ok()) status = hit.status();
  });
  RAPPEL_TRY(status);
  const auto each = [&](double milliseconds) { return milliseconds * 1000 / static_cast<double>(queries); };
  if (embedder->cache_stats().misses != queries) return Status(Code::kInternal, "not every query was found");
  return fmt::format(R"({{"entries": {}, "hit_min_us": {:.3f}, "hit_median_us": {:.3f}}})", queries,
                     each(times.least()), each(times.median()));
}

Result<std::string> answer(const std::vector<std::string>& words) {
  const auto number = [&](std::size_t i) {
    return static_cast<std::size_t>(std::max(1, std::atoi(words[i].c_str())));
  };
  if (words.size() == 3 && words[0] == "tokenize") return tokenize(words[1], words[2]);
  if (words.size() == 2 && words[0] == "json") return parse_body(words[1]);
  if (words.size() == 3 && words[0] == "floats") return write_floats(number(1), number(2));
  if (words.size() == 3 && words[0] == "cache") return hit_cache(words[1], number(2));
  return Status(Code::kInvalidArgument,
                "usage: rappel_bench_text tokenize TOKENIZER TEXTS | json BODY | floats ROWS COLUMNS "
                "| cache MODEL QUERIES");
}

}  // namespace

int main(int argc, char** argv) {
  const auto result = answer({argv + 1, argv + argc});
  if (!result) {
    std::fprintf(stderr, "%s\n", result.status().to_string().c_str());
    return 2;
  }
  std::printf("%s\n", result->c_str());
  return 0;
}
