#include "server/jobs/job_table.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/os/private_file.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

using State = IngestResult::State;
using std::chrono::seconds;

JobSpec spec_of(const std::string& id, std::size_t count, JobKind kind = JobKind::kFiles) {
  JobSpec spec;
  spec.id = id;
  spec.created_at = "2026-01-01T00:00:0" + std::to_string(id.size() % 10) + ".000000Z";
  spec.kind = kind;
  spec.bytes = 10 * count;
  if (kind == JobKind::kDocuments) spec.documents = count;
  for (std::size_t i = 0; kind == JobKind::kFiles && i < count; ++i)
    spec.files.push_back({"f" + std::to_string(i), "text/plain", 10, {}});
  return spec;
}

std::vector<JobResult> results_of(const JobWork& work, State state = State::kStored) {
  std::vector<JobResult> results;
  for (const std::size_t i : work.items) results.push_back({i, {"name", state, "id"}});
  return results;
}

class JobTableTest : public testing::Test {
 protected:
  void open() {
    table_ = nullptr;  // gives the lock back
    table_ = std::make_unique<JobTable>(dir_.path() / "jobs", limits_, nullptr);
    ASSERT_TRUE(table_->open().ok());
  }
  JobView add(const JobSpec& spec, FlowId flow = 1) {
    EXPECT_FALSE(table_->reserve(spec, flow));
    EXPECT_TRUE(table_->folder()
                    .create(spec,
                            [&](const std::filesystem::path& folder) -> Status {
                              for (std::size_t i = 0; i < spec.files.size(); ++i)
                                RAPPEL_TRY(write_private_file(folder / std::to_string(i), "text"));
                              return {};
                            })
                    .ok());
    return table_->publish(spec, flow);
  }
  // "one:0" for the next piece of work, "one:0+1" for one of two items; "" if there is none.
  std::string take(std::size_t most = 1) {
    std::stop_source stop;
    std::jthread end([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      stop.request_stop();
    });
    auto work = table_->take(stop.get_token(), {.items = most, .bytes = 35});
    if (!work) return "";
    works_.push_back(*work);
    std::string text = work->id + ":";
    for (const std::size_t item : work->items)
      text += (item == work->items.front() ? "" : "+") + std::to_string(item);
    return text;
  }
  // All that is left of a piece of work, at once.
  void settle(const JobWork& work, std::vector<JobResult> results) {
    table_->keep(work, std::move(results));
    table_->give_back(work);
  }
  JobWork last() const { return works_.back(); }
  std::string state(const std::string& id) { return std::string(state_name(table_->view(id)->state)); }

  TempDir dir_;
  JobLimits limits_;
  std::unique_ptr<JobTable> table_;
  std::vector<JobWork> works_;
};

TEST_F(JobTableTest, FilesAreTakenOnceAndTheJobEnds) {
  open();
  EXPECT_EQ(add(spec_of("one", 2)).state, JobState::kQueued);
  EXPECT_EQ(take(), "one:0");
  EXPECT_EQ(state("one"), "running");
  EXPECT_EQ(take(), "") << "one piece of a job at a time";
  settle(works_[0], results_of(works_[0], State::kFailed));
  EXPECT_EQ(take(), "one:1");
  settle(works_[1], results_of(works_[1]));
  const auto view = table_->view("one");
  EXPECT_EQ(view->state, JobState::kCompleted);
  EXPECT_EQ(view->counts.stored, 1u);
  EXPECT_EQ(view->counts.failed, 1u);
  EXPECT_FALSE(view->finished_at.empty());
  EXPECT_EQ(table_->results("one", 1, 10)[0].index, 1u) << "in the order in which they came";
  EXPECT_FALSE(std::filesystem::exists(table_->folder().file("one", 0)));
}

TEST_F(JobTableTest, ItemsAreTakenTogetherWithinTheBoundsOfAPiece) {
  open();
  add(spec_of("one", 6));
  EXPECT_EQ(take(2), "one:0+1");
  table_->keep(works_[0], {{1, {"f1", State::kStored, "id"}}});
  EXPECT_EQ(table_->view("one")->counts.stored, 1u) << "before the piece is done";
  EXPECT_FALSE(std::filesystem::exists(table_->folder().file("one", 1)));
  table_->give_back(works_[0]);
  EXPECT_EQ(take(9), "one:0+2+3") << "what has no result comes again first; files of 10 bytes each";
}

TEST_F(JobTableTest, DocumentsAreTakenInTheirOrder) {
  open();
  add(spec_of("one", 10, JobKind::kDocuments), 1);
  add(spec_of("two", 2, JobKind::kDocuments), 2);
  EXPECT_EQ(take(4), "one:0+1+2+3");
  EXPECT_EQ(take(4), "") << "one piece at a time";
  auto results = results_of(last());
  results.resize(2);
  settle(last(), results);
  EXPECT_EQ(take(4), "two:0+1") << "clients take turns";
  settle(last(), results_of(last()));
  EXPECT_EQ(take(4), "one:2+3+4+5") << "on from the first that is not done";
  table_->give_back(last(), seconds(0), "busy");
  EXPECT_EQ(table_->view("one")->detail, "busy");
  EXPECT_EQ(take(4), "one:2+3+4+5");
  settle(last(), results_of(last()));
  EXPECT_EQ(take(100), "one:6+7+8+9");
  settle(last(), results_of(last()));
  EXPECT_EQ(state("one"), "completed");
}

TEST_F(JobTableTest, RestartGoesOnWithWhatIsNotDone) {
  open();
  add(spec_of("one", 3));
  add(spec_of("three", 1));
  EXPECT_EQ(take(), "one:0");
  settle(last(), results_of(last()));
  EXPECT_EQ(take(), "one:1");  // and the server is killed
  open();
  EXPECT_EQ(table_->view("one")->counts.stored, 1u);
  EXPECT_EQ(take(), "one:1");
  settle(last(), results_of(last()));
  EXPECT_EQ(take(), "one:2");
  settle(last(), results_of(last()));
  EXPECT_EQ(state("one"), "completed");
  open();
  EXPECT_EQ(state("one"), "completed");
  EXPECT_EQ(table_->results("one", 0, 10).size(), 3u);
  EXPECT_EQ(take(), "three:0");
}

TEST_F(JobTableTest, CancelledJobStopsItsWorkAndStaysCancelled) {
  open();
  add(spec_of("one", 3));
  EXPECT_EQ(take(), "one:0");
  EXPECT_EQ(table_->remove("one")->state, JobState::kCancelled);
  EXPECT_TRUE(last().call.cancel.stop_requested());
  EXPECT_EQ(take(), "");
  settle(last(), results_of(last()));  // it had just been stored
  EXPECT_EQ(table_->view("one")->counts.stored, 1u);
  EXPECT_FALSE(std::filesystem::exists(table_->folder().file("one", 2)));
  open();
  EXPECT_EQ(state("one"), "cancelled");
  EXPECT_EQ(take(), "");
  EXPECT_TRUE(table_->remove("one"));
  EXPECT_FALSE(table_->view("one"));
  EXPECT_FALSE(std::filesystem::exists(dir_.path() / "jobs" / "one"));
}

TEST_F(JobTableTest, PutOffWorkComesAgainAfterItsPause) {
  open();
  add(spec_of("one", 1));
  EXPECT_EQ(take(), "one:0");
  table_->give_back(last(), seconds(60), "the disk is full");
  EXPECT_EQ(take(), "");
  EXPECT_EQ(table_->view("one")->detail, "the disk is full");
  add(spec_of("two", 1));
  EXPECT_EQ(take(), "two:0") << "others go on";
}

TEST_F(JobTableTest, ClientsTakeTurns) {
  open();
  add(spec_of("one", 100), 1);
  add(spec_of("two", 100), 1);
  add(spec_of("three", 100), 1);
  EXPECT_EQ(take(), "one:0");
  EXPECT_EQ(take(), "two:0");
  EXPECT_EQ(take(), "") << "no third job of a client is under way";
  EXPECT_FALSE(table_->is_awaited(works_[0]));
  add(spec_of("other", 100), 2);
  EXPECT_TRUE(table_->is_awaited(works_[0])) << "a client without work";
  settle(works_[0], results_of(works_[0]));
  EXPECT_EQ(take(), "other:0");
  EXPECT_FALSE(table_->is_awaited(works_[1]));
  settle(works_[1], results_of(works_[1]));
  settle(works_[2], results_of(works_[2]));
  EXPECT_EQ(take(), "one:1") << "a job that is under way comes first";
  settle(last(), results_of(last()));
  EXPECT_EQ(take(), "other:1") << "the client that was served before";
}

TEST_F(JobTableTest, ClientHasTwoJobsUnderWay) {
  open();
  for (const char* id : {"one", "two", "three"}) add(spec_of(id, 1), 1);
  add(spec_of("other", 1), 2);
  EXPECT_EQ(take(), "one:0");
  EXPECT_EQ(take(), "other:0") << "two running jobs of another client do not keep it waiting";
  EXPECT_EQ(take(), "two:0");
  EXPECT_EQ(take(), "");
}

TEST_F(JobTableTest, QueueIsBounded) {
  limits_.unfinished = 4;
  limits_.bytes = 100;
  limits_.items = 8;
  open();
  add(spec_of("one", 1), 1);
  add(spec_of("two", 1), 1);
  const auto refusal = table_->reserve(spec_of("three", 1), 1);
  ASSERT_TRUE(refusal) << "a client has half";
  EXPECT_EQ(status_of(refusal->reason), 429);
  EXPECT_GT(refusal->retry_after_s, 0);
  EXPECT_TRUE(table_->reserve(spec_of("big", 9), 2)) << "too many items";
  JobSpec large = spec_of("large", 1);
  large.bytes = 100;
  EXPECT_TRUE(table_->reserve(large, 2)) << "too many bytes";
  add(spec_of("three", 1), 2);
  add(spec_of("four", 1), 3);
  EXPECT_TRUE(table_->reserve(spec_of("five", 1), 4)) << "too many jobs";
  EXPECT_TRUE(table_->remove("one"));
  EXPECT_FALSE(table_->reserve(spec_of("five", 1), 4));
  table_->give_up(spec_of("five", 1), 4);
  EXPECT_FALSE(table_->reserve(spec_of("five", 1), 4));
}

TEST_F(JobTableTest, EndedJobsMakeRoomForNewOnes) {
  limits_.items = 3;
  open();
  add(spec_of("one", 2));
  table_->remove("one");
  EXPECT_EQ(state("one"), "cancelled");
  add(spec_of("two", 2));
  EXPECT_FALSE(table_->view("one"));
}

TEST_F(JobTableTest, KeyGivesTheSameJobUntilItIsForgotten) {
  open();
  JobSpec spec = spec_of("one", 1);
  spec.key = "k";
  spec.fingerprint = "f";
  EXPECT_TRUE(std::holds_alternative<std::monostate>(table_->claim("k", "f")));
  auto known = table_->claim("k", "f");
  EXPECT_EQ(status_of(std::get<Refusal>(known).reason), 409) << "the first one is being made";
  add(spec);
  EXPECT_EQ(std::get<JobView>(table_->claim("k", "f")).id, "one");
  known = table_->claim("k", "other");
  EXPECT_EQ(status_of(std::get<Refusal>(known).reason), 422);
  open();
  EXPECT_EQ(std::get<JobView>(table_->claim("k", "f")).id, "one") << "after a restart, too";
  table_->remove("one");
  table_->remove("one");
  EXPECT_TRUE(std::holds_alternative<std::monostate>(table_->claim("k", "other")));
  table_->release_key("k");
  EXPECT_TRUE(std::holds_alternative<std::monostate>(table_->claim("k", "other")));
}

TEST_F(JobTableTest, EndedJobsAreForgottenAfterTheirTime) {
  open();
  add(spec_of("one", 1));
  table_->remove("one");
  limits_.keep = seconds(0);
  open();
  EXPECT_TRUE(table_->view("one"));
  table_->forget_old();
  EXPECT_FALSE(table_->view("one"));
}

TEST_F(JobTableTest, VersionsGrowWithEveryChange) {
  open();
  EXPECT_EQ(table_->version("one"), 0u);
  add(spec_of("one", 2));
  std::uint64_t version = table_->version("one");
  const auto changed = [&] { return std::exchange(version, table_->version("one")) < version; };
  EXPECT_GT(version, 0u);
  take();
  EXPECT_TRUE(changed());
  settle(last(), results_of(last()));
  EXPECT_TRUE(changed());
  EXPECT_FALSE(changed());
}

}  // namespace
}  // namespace rappel
