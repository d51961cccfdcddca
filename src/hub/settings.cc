// hub_settings: the rules by which huggingface_hub turns its variables into folders, token and endpoint.
#include <algorithm>
#include <cctype>

#include "base/os/file.h"
#include "hub/hub.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxTokenBytes = 4096;

// The first of the variables that is set and not empty.
std::string first_of(const VariableLookup& variable, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const std::optional<std::string> value = variable(name); value && !value->empty()) return *value;
  return {};
}

bool is_true(std::string value) {
  std::transform(value.begin(), value.end(), value.begin(), [](unsigned char c) { return std::toupper(c); });
  return value == "1" || value == "ON" || value == "YES" || value == "TRUE";
}

fs::path expand_home(const std::string& path, const std::string& home) {
  return path == "~" || path.starts_with("~/") ? fs::path(home + path.substr(1)) : fs::path(path);
}

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

}  // namespace

HubSettings hub_settings(const VariableLookup& variable) {
  const std::string home = first_of(variable, {"HOME"});
  const auto folder_of = [&](std::initializer_list<const char*> names, const fs::path& otherwise) {
    const std::string value = first_of(variable, names);
    return value.empty() ? otherwise : expand_home(value, home);
  };
  const fs::path xdg = folder_of({"XDG_CACHE_HOME"}, fs::path(home) / ".cache");
  const fs::path hf_home = folder_of({"HF_HOME"}, xdg / "huggingface");

  HubSettings settings;
  settings.cache = folder_of({"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"}, hf_home / "hub");
  settings.token = trimmed(first_of(variable, {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}));
  if (settings.token.empty())
    if (const auto file = read_file(folder_of({"HF_TOKEN_PATH"}, hf_home / "token"), kMaxTokenBytes);
        file.ok())
      settings.token = trimmed(*file);
  if (const std::string endpoint = first_of(variable, {"HF_ENDPOINT"}); !endpoint.empty())
    settings.endpoint = endpoint;
  while (settings.endpoint.ends_with('/')) settings.endpoint.pop_back();
  settings.offline = is_true(first_of(variable, {"HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"}));
  // Upper-case HTTP_PROXY is not read, as in curl: in a CGI environment a client could set it by a header.
  settings.http_proxy = first_of(variable, {"http_proxy", "all_proxy", "ALL_PROXY"});
  settings.https_proxy = first_of(variable, {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"});
  settings.no_proxy = first_of(variable, {"no_proxy", "NO_PROXY"});
  settings.ca_file = folder_of({"SSL_CERT_FILE"}, {});
  return settings;
}

}  // namespace rappel
