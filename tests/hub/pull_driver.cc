// hub_driver NAME [--retry-delay-ms N] [--retries N] [--stall-timeout-s N] [--cancel-after BYTES]
// Pulls a model with settings from the environment and prints one JSON line: the result, or the error with
// its code. It writes the observer's events to standard error as JSON lines. tests/hub/hub_test.py uses it
// in addition to the real command, because it has short delays and cancels at a known byte.
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <stop_token>

#include "codec/json.h"
#include "hub/hub.h"

namespace {

int usage() {
  std::cerr << "usage: hub_driver NAME [--retry-delay-ms N] [--retries N] [--stall-timeout-s N] "
               "[--cancel-after BYTES]\n";
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace rappel;
  if (argc < 2 || argc % 2 != 0) return usage();
  HubSettings settings = hub_settings([](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  });
  std::uint64_t cancel_after = ~std::uint64_t{0};
  for (int i = 2; i < argc; i += 2) {
    const int value = std::atoi(argv[i + 1]);
    if (std::strcmp(argv[i], "--retry-delay-ms") == 0)
      settings.retry_delay_ms = value;
    else if (std::strcmp(argv[i], "--retries") == 0)
      settings.retries = value;
    else if (std::strcmp(argv[i], "--stall-timeout-s") == 0)
      settings.stall_timeout_s = value;
    else if (std::strcmp(argv[i], "--cancel-after") == 0)
      cancel_after = static_cast<std::uint64_t>(value);
    else
      return usage();
  }

  std::stop_source cancel;
  const auto observer = [&](const PullProgress& progress) {
    Json line = {{"present", progress.bytes_present},
                 {"total", progress.bytes_total},
                 {"received", progress.bytes_received},
                 {"files_done", progress.files_done},
                 {"files_total", progress.files_total}};
    if (!progress.note.empty()) line["note"] = progress.note;
    std::cerr << dump_json(line) << "\n";
    if (progress.bytes_received >= cancel_after) cancel.request_stop();
  };
  const Result<PullResult> pulled = pull_model(argv[1], settings, observer, cancel.get_token());
  Json out;
  if (pulled.ok())
    out = {{"folder", pulled->folder.string()},
           {"commit", pulled->commit},
           {"files", pulled->files},
           {"bytes_total", pulled->bytes_total},
           {"bytes_received", pulled->bytes_received}};
  else
    out = {{"code", code_name(pulled.status().code())},
           {"error", pulled.status().message()},
           {"cause", pulled.status().cause()}};
  std::cout << dump_json(out) << std::endl;
  return pulled.ok() ? 0 : 1;
}
