#include "server/jobs/job_feed.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "server/http/json_writer.h"
#include "server/jobs/job_json.h"

namespace rappel {
namespace {

constexpr std::size_t kResultsAtOnce = 100;

// Where one client is in the events of its job.
class Follower {
 public:
  Follower(const JobTable& table, std::string id, std::size_t seen)
      : table_(table), id_(std::move(id)), sent_(seen) {}

  bool next(std::string& piece, const FeedAsked& asked) {
    const std::uint64_t version = table_.version(id_);
    if (version == version_ && !asked.quiet_for_long) return true;
    const auto view = table_.view(id_);
    if (!view) return false;  // forgotten
    if (version == version_) {
      piece += ": waiting\n\n";
      return true;
    }
    for (const JobResult& result : table_.results(id_, sent_, kResultsAtOnce)) {
      JsonWriter out;
      write_job_result(out.begin_object(), result);
      ++sent_;
      add(piece, "result", out.end_object().take());
    }
    if (sent_ < view->counts.done()) return true;  // more of them at once
    version_ = version;
    const bool ended = !view->finished_at.empty();
    JsonWriter out;
    write_view(out.begin_object(), *view);
    add(piece, ended ? "end" : "progress", out.end_object().take());
    return !ended;
  }

 private:
  void add(std::string& piece, std::string_view event, std::string_view json) const {
    piece += fmt::format("id: {}\nevent: {}\ndata: {}\n\n", sent_, event, json);
  }

  const JobTable& table_;
  const std::string id_;
  std::size_t sent_;
  std::uint64_t version_ = 0;  // none is 0
};

}  // namespace

Response job_feed(const JobTable& table, std::string id, std::size_t seen) {
  Response response{200, "text/event-stream", "", {}, {}};
  response.with("cache-control", "no-store").with("x-accel-buffering", "no");
  response.feed = [follower = std::make_shared<Follower>(table, std::move(id), seen)](
                      std::string& piece, const FeedAsked& asked) { return follower->next(piece, asked); };
  return response;
}

}  // namespace rappel
