// pull_model: list, look up, check the space, fetch several files at a time, write the ref last.
#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include "base/os/file.h"
#include "hub/api.h"
#include "hub/blob.h"
#include "hub/cache.h"
#include "hub/hub.h"
#include "hub/names.h"
#include "hub/progress.h"
#include "hub/select.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSpareBytes = std::uint64_t{64} << 20;  // left free on the disk

// job(index, cancel) for 0 .. count-1 on `threads` threads. The first failure stops the others and is
// returned.
template <class Job>
Status run_parallel(std::size_t count, int threads, const std::stop_token& cancel, const Job& job) {
  std::stop_source stop;
  const std::stop_callback forward(cancel, [&] { stop.request_stop(); });
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  Status first;
  const auto work = [&] {
    for (std::size_t i; (i = next.fetch_add(1)) < count && !stop.stop_requested();) {
      Status status = job(i, stop.get_token());
      if (status.ok()) continue;
      const std::lock_guard lock(mutex);
      if (first.ok()) first = std::move(status);
      stop.request_stop();
    }
  };
  {
    std::vector<std::jthread> workers;
    const std::size_t wanted = std::min(count, static_cast<std::size_t>(std::max(threads, 1)));
    for (std::size_t i = 1; i < wanted; ++i) workers.emplace_back(work);
    work();
  }
  if (first.ok() && cancel.stop_requested()) return Status(Code::kCancelled, "cancelled");
  return first;
}

HttpClientOptions client_options(const HubSettings& settings) {
  HttpClientOptions options;
  options.http_proxy = settings.http_proxy;
  options.https_proxy = settings.https_proxy;
  options.no_proxy = settings.no_proxy;
  options.ca_file = settings.ca_file;
  options.connect_timeout_s = settings.connect_timeout_s;
  options.stall_timeout_s = settings.stall_timeout_s;
  return options;
}

std::string in_mb(std::uint64_t bytes) { return std::to_string((bytes + 999'999) / 1'000'000) + " MB"; }

class Pull {
 public:
  Pull(ModelName model, const HubSettings& settings, const PullObserver& observer, std::stop_token cancel)
      : model_(std::move(model)),
        settings_(settings),
        cancel_(std::move(cancel)),
        meter_(observer),
        client_(client_options(settings)),
        api_(settings, client_, model_, [this](const std::string& text) { meter_.note(text); }),
        cache_(settings.cache, model_.repository) {}

  Result<PullResult> run() {
    meter_.note("");  // the observer hears that listing began
    const Result<hub::RemoteRevision> revision = api_.revision(cancel_);
    if (!revision.ok()) return with_way_out(revision.status());
    commit_ = revision->commit;
    RAPPEL_ASSIGN(const std::vector<std::string> names,
                  hub::choose_files(model_.repository, revision->files));
    RAPPEL_TRY(look_up(names));
    if (const auto index = std::find_if(names.begin(), names.end(), hub::is_index); index != names.end())
      RAPPEL_TRY(add_shards(*index, revision->files));
    RAPPEL_TRY(check_space());

    std::uint64_t total = 0;
    for (const hub::RemoteFile& file : files_) total += file.bytes.value_or(0);
    meter_.start_files(static_cast<int>(files_.size()), total);
    // The largest first, so that the end is not one thread with the weights.
    std::sort(files_.begin(), files_.end(), [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
    RAPPEL_TRY(fetch(files_, meter_));
    RAPPEL_TRY(write_ref());
    meter_.done();

    PullResult result;
    result.folder = cache_.snapshot(commit_);
    result.commit = commit_;
    for (const hub::RemoteFile& file : files_) result.files.push_back(file.name);
    std::sort(result.files.begin(), result.files.end());
    result.bytes_total = meter_.bytes_total();
    result.bytes_received = meter_.bytes_received();
    return result;
  }

 private:
  // Without network there are other ways to a model than a pull.
  Status with_way_out(const Status& status) const {
    if (status.code() != Code::kUnavailable) return status;
    const std::optional<std::string> known = cache_.commit_of(model_.revision);
    if (known && hub::missing_files(cache_.snapshot(*known)).empty())
      return Status(status.code(),
                    status.message() + ". " + model_.repository +
                        " is on this machine from an earlier pull (" + cache_.snapshot(*known).string() +
                        ") and can be used as it is",
                    status.cause());
    return Status(status.code(),
                  status.message() + ". On a machine without network, copy " +
                      cache_.folder().filename().string() + " from another machine's Hub cache into " +
                      settings_.cache.string() + ", or give the path of a model folder",
                  status.cause());
  }

  Status look_up(const std::vector<std::string>& names) {
    const std::size_t start = files_.size();
    files_.resize(start + names.size());
    return run_parallel(names.size(), settings_.parallel, cancel_,
                        [&](std::size_t i, const std::stop_token& cancel) {
                          RAPPEL_ASSIGN(files_[start + i], api_.file(commit_, names[i], cancel));
                          return Status();
                        });
  }

  // Files of equal content share a blob, so one thread fetches them one after the other.
  Status fetch(const std::vector<hub::RemoteFile>& files, hub::ProgressMeter& meter) {
    std::vector<std::vector<const hub::RemoteFile*>> groups;
    for (const hub::RemoteFile& file : files) {
      const auto same = [&](const auto& group) { return group.front()->etag == file.etag; };
      const auto group = std::find_if(groups.begin(), groups.end(), same);
      if (group == groups.end())
        groups.push_back({&file});
      else
        group->push_back(&file);
    }
    const hub::Fetcher fetcher{cache_, api_, client_, settings_, meter, commit_};
    return run_parallel(groups.size(), settings_.parallel, cancel_,
                        [&](std::size_t i, const std::stop_token& cancel) {
                          for (const hub::RemoteFile* file : groups[i])
                            RAPPEL_TRY(fetcher.fetch(*file, cancel));
                          return Status();
                        });
  }

  // The index names the shards, so it comes first; the main meter will find it on disk.
  Status add_shards(const std::string& index_name, const std::vector<std::string>& offered) {
    std::vector<hub::RemoteFile> index;
    for (const hub::RemoteFile& file : files_)
      if (file.name == index_name) index.push_back(file);
    hub::ProgressMeter silent({});
    RAPPEL_TRY(fetch(index, silent));
    RAPPEL_ASSIGN(std::vector<std::string> shards,
                  hub::shards_of_index(cache_.snapshot(commit_) / index_name));
    const fs::path folder = fs::path(index_name).parent_path();
    for (std::string& shard : shards) shard = (folder / shard).generic_string();
    for (const std::string& shard : shards)
      if (std::find(offered.begin(), offered.end(), shard) == offered.end())
        return Status(Code::kCorrupt, model_.repository + ": " + index_name + " names " + shard +
                                          ", which the repository does not have");
    return look_up(shards);
  }

  Status check_space() const {
    std::uint64_t needed = kSpareBytes;
    for (const hub::RemoteFile& file : files_) {
      const std::uint64_t bytes = file.bytes.value_or(0);
      needed += bytes - std::min(bytes, hub::bytes_on_disk(cache_, file));
    }
    std::error_code error;
    fs::path at = fs::absolute(settings_.cache, error);
    while (!fs::exists(at, error) && at.has_relative_path()) at = at.parent_path();
    const fs::space_info space = fs::space(at, error);
    if (error || space.available >= needed) return {};
    return Status(Code::kResourceExhausted,
                  model_.repository + " needs " + in_mb(needed) + " more in " + settings_.cache.string() +
                      ", where " + in_mb(space.available) +
                      " are free: delete files there, or set HF_HOME to another disk");
  }

  Status write_ref() const {
    if (model_.revision == commit_) return {};
    const fs::path ref = cache_.ref(model_.revision);
    if (cache_.commit_of(model_.revision) == commit_) return {};
    std::error_code error;
    fs::create_directories(ref.parent_path(), error);
    return write_file_atomic(ref, commit_);
  }

  ModelName model_;
  const HubSettings& settings_;
  std::stop_token cancel_;
  hub::ProgressMeter meter_;
  HttpClient client_;
  hub::Api api_;
  hub::RepositoryCache cache_;
  std::string commit_;
  std::vector<hub::RemoteFile> files_;
};

// Offline, a model in the cache counts as pulled, and any other is an error.
Result<PullResult> pull_offline(std::string_view name, const HubSettings& settings,
                                const PullObserver& observer) {
  const Result<ModelInfo> info = model_info(name, settings);
  if (!info.ok())
    return Status(Code::kFailedPrecondition, "offline mode is on (HF_HUB_OFFLINE), so " + settings.endpoint +
                                                 " was not asked, and " + info.status().message());
  if (observer) {
    PullProgress progress;
    progress.note =
        "offline mode is on (HF_HUB_OFFLINE): taking what is there, without asking " + settings.endpoint;
    observer(progress);
  }
  PullResult result;
  result.folder = info->folder;
  result.commit = info->commit;
  for (const ModelFileInfo& file : info->files) result.files.push_back(file.name);
  result.bytes_total = info->bytes;
  return result;
}

}  // namespace

Result<PullResult> pull_model(std::string_view name, const HubSettings& settings,
                              const PullObserver& observer, std::stop_token cancel) {
  RAPPEL_ASSIGN(ModelName model, parse_model_name(name));
  if (settings.cache.empty())
    return Status(Code::kFailedPrecondition, "there is no cache folder: set HF_HOME or HOME");
  if (settings.offline) return pull_offline(name, settings, observer);
  return Pull(std::move(model), settings, observer, std::move(cancel)).run();
}

}  // namespace rappel
