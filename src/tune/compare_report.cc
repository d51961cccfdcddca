#include "tune/compare_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "tune/measure.h"

namespace rappel {
namespace {

const Rival* find(const Comparison& found, RivalKind kind, std::string_view name = {}) {
  for (const Rival& rival : found.rivals)
    if (rival.kind == kind && !rival.ms.empty() && (name.empty() || rival.name == name)) return &rival;
  return nullptr;
}

double saved_seconds(const Comparison& found, const Rival& faster, const Rival& slower, std::string_view key,
                     double count) {
  const auto work =
      static_cast<std::size_t>(std::find(found.keys.begin(), found.keys.end(), key) - found.keys.begin());
  if (speed_up(faster, slower, work) == 0) return 0;
  return 1e-3 * count / found.items[work] * (slower.ms[work].median - faster.ms[work].median);
}

Verdict between(const Comparison& found, const Rival& faster, const Rival& slower) {
  Verdict verdict;
  verdict.faster = faster.name;
  verdict.slower = slower.name;
  verdict.speed_up = average_speed_up(faster, slower);
  verdict.grade = grade(verdict.speed_up);
  verdict.saved_s_per_100_queries = saved_seconds(found, faster, slower, "query_short", 100);
  verdict.saved_s_per_1000_documents = saved_seconds(found, faster, slower, "documents_20", 1000);
  return verdict;
}

constexpr double kLeastGood = 1.5;

Verdict against_flag_embedding(const Comparison& found, const Rival& flag) {
  Verdict verdict = between(found, found.rivals[0], flag);
  verdict.words =
      fmt::format("the settings in force are {:.1f} times as fast as FlagEmbedding", verdict.speed_up);
  if (verdict.speed_up < kLeastGood)
    verdict.words +=
        ", and should be several times: `rappel check` and `rappel devices` say what this machine lacks; "
        "look for "
        "other work on it too";
  return verdict;
}

Verdict gpu_against_cpu(const Comparison& found, const Rival& other) {
  const Rival &gpu = found.on_gpu ? found.rivals[0] : other, &cpu = found.on_gpu ? other : found.rivals[0];
  Verdict verdict = between(found, gpu, cpu);
  verdict.words = fmt::format("the GPU is {:.1f} times as fast as the CPU", verdict.speed_up);
  if (verdict.speed_up < kLeastGood)
    verdict.words +=
        ", and should be faster: `rappel check` says what is wrong with it; look for other work on it too";
  return verdict;
}

Verdict float32_in_force(const Comparison& found) {
  Verdict verdict;
  verdict.grade = "as expected";
  const Rival* int8 = find(found, RivalKind::kPrecision, "int8");
  const bool gains = int8 != nullptr && may_recommend("int8", found.device) &&
                     average_speed_up(*int8, found.rivals[0]) >= kWorthwhile;
  if (gains) {
    verdict = between(found, *int8, found.rivals[0]);
    verdict.grade = "as expected";
  }
  verdict.words = "the settings in force are float32, so there is nothing gained over it";
  if (gains) verdict.words += fmt::format("; int8 is {:.1f} times as fast", verdict.speed_up);
  return verdict;
}

Verdict cpu_alone(const Comparison& found, const Rival& exact) {
  Verdict verdict = between(found, found.rivals[0], exact);
  verdict.words =
      fmt::format("the settings in force are {:.1f} times as fast as float32 on this CPU", verdict.speed_up);
  if (verdict.speed_up < kLeastGood) {
    verdict.grade = "little";
    verdict.words +=
        ": either the processor has no instructions for fewer bits (`rappel devices` lists what it has), or "
        "other "
        "work disturbed the measurement";
    return verdict;
  }
  verdict.words += "; without a GPU only number formats and threads can be chosen, which give 2 to 4 times";
  return verdict;
}

// Fast enough to be worth a setting, and slower on no workload.
bool faster_everywhere(const Rival& rival, const Rival& in_force) {
  for (std::size_t work = 0; work < in_force.ms.size(); ++work)
    if (speed_up(rival, in_force, work) < 1) return false;
  return average_speed_up(rival, in_force) >= kWorthwhile;
}

std::string cell(const Rival& in_force, const Rival& rival, std::size_t work) {
  if (work >= rival.ms.size() || rival.ms[work].count == 0) return fmt::format("{:>20}", "-");
  const double times = speed_up(in_force, rival, work);
  const std::string factor = &rival == &in_force || times == 0 ? "" : fmt::format("{:.2f}x", times);
  return fmt::format("{:>11}{:>9}", time_text(rival.ms[work].median), factor);
}

}  // namespace

double speed_up(const Rival& a, const Rival& b, std::size_t work) {
  if (work >= a.ms.size() || work >= b.ms.size() || a.ms[work].count == 0 || b.ms[work].count == 0) return 0;
  return a.ms[work].median > 0 ? b.ms[work].median / a.ms[work].median : 0;
}

double average_speed_up(const Rival& a, const Rival& b) {
  double logarithms = 0;
  int count = 0;
  for (std::size_t work = 0; work < std::min(a.ms.size(), b.ms.size()); ++work) {
    const double times = speed_up(a, b, work);
    if (times <= 0) continue;
    logarithms += std::log(times);
    ++count;
  }
  return count == 0 ? 0 : std::exp(logarithms / count);
}

const char* grade(double speed_up) {
  if (speed_up >= 10) return "excellent";
  if (speed_up >= 5) return "great";
  if (speed_up >= 2) return "good";
  return speed_up >= kLeastGood ? "modest" : "something is wrong";
}

Verdict verdict_of(const Comparison& found) {
  if (const Rival* flag = find(found, RivalKind::kFlagEmbedding)) return against_flag_embedding(found, *flag);
  if (const Rival* other = find(found, RivalKind::kDevice)) return gpu_against_cpu(found, *other);
  if (found.precision == "float32" && !found.rivals[0].ms.empty()) return float32_in_force(found);
  if (const Rival* exact = find(found, RivalKind::kPrecision, "float32")) return cpu_alone(found, *exact);
  Verdict none;
  none.grade = "none";
  none.words = "nothing was timed to compare with";
  return none;
}

std::vector<std::string> recommendations(const Comparison& found) {
  std::vector<std::string> words;
  if (!found.busy.empty())
    return {"keep the settings in force: " + not_measured(found.busy) +
            "; run it again when nothing else runs"};
  for (const RivalKind kind : {RivalKind::kDevice, RivalKind::kPrecision, RivalKind::kThreads}) {
    const Rival* best = nullptr;
    for (const Rival& rival : found.rivals)
      if (rival.kind == kind && (kind != RivalKind::kPrecision || may_recommend(rival.name, found.device)) &&
          faster_everywhere(rival, found.rivals[0]) &&
          (best == nullptr || average_speed_up(rival, *best) > 1))
        best = &rival;
    if (best != nullptr)
      words.push_back(fmt::format("set {}: {:.2f} times as fast as the settings in force", best->settings,
                                  average_speed_up(*best, found.rivals[0])));
  }
  if (words.empty())
    words.emplace_back("keep the settings in force: nothing that was timed is faster by a twentieth");
  if (find(found, RivalKind::kFlagEmbedding) == nullptr)
    words.emplace_back("for the gain over FlagEmbedding, name a Python that has it with --python");
  return words;
}

std::string comparison_text(const Comparison& found) {
  std::string out = fmt::format("{:<26}", "median");
  for (const std::string& name : found.names) out += fmt::format("{:>20}", name);
  out += fmt::format("{:>11}\n", "average");
  for (const Rival& rival : found.rivals) {
    const bool in_force = rival.kind == RivalKind::kInForce;
    out += fmt::format("{:<26}",
                       in_force && !rival.details.empty() ? rival.name + ", " + rival.details : rival.name);
    if (rival.ms.empty()) {
      out += fmt::format("  not timed: {}\n", rival.trouble);
      continue;
    }
    for (std::size_t work = 0; work < found.names.size(); ++work) out += cell(found.rivals[0], rival, work);
    if (const double average = average_speed_up(found.rivals[0], rival); !in_force && average > 0)
      out += fmt::format("{:>10.2f}x", average);
    out.erase(out.find_last_not_of(' ') + 1);
    out += "\n";
    if (!rival.trouble.empty()) out += fmt::format("  not to the end: {}\n", rival.trouble);
  }
  out += "x: how many times as fast the settings in force are; average: the geometric mean\n";
  if (const Rival* flag = find(found, RivalKind::kFlagEmbedding))
    out += fmt::format("{}; {}\n", flag->details,
                       found.agreement.empty() ? "its answers were not compared" : found.agreement);
  if (!found.busy.empty())
    out += fmt::format("\nThe machine was busy ({}): these times are noise.\n", found.busy);
  const Verdict verdict = verdict_of(found);
  out += fmt::format("\nVerdict: {}: {}\n", verdict.grade, verdict.words);
  if (verdict.speed_up > 0)
    out += fmt::format("Time saved, {} against {}: {:.2f} s per 100 queries, {:.2f} s per 1000 documents\n",
                       verdict.faster, verdict.slower, verdict.saved_s_per_100_queries,
                       verdict.saved_s_per_1000_documents);
  out += "\nRecommendations\n";
  for (const std::string& words : recommendations(found)) out += "  " + words + "\n";
  return out;
}

Json comparison_json(const Comparison& found) {
  Json rivals = Json::array();
  static constexpr const char* kKinds[] = {"in_force", "device", "precision", "threads", "flag_embedding"};
  for (const Rival& rival : found.rivals) {
    Json ms = Json::object(), times = Json::object();
    for (std::size_t work = 0; work < rival.ms.size(); ++work) {
      Json& of_work = ms[found.keys[work]] = {{"runs", rival.ms[work].count}};
      of_work.update(statistics_json(rival.ms[work]));
      times[found.keys[work]] = speed_up(found.rivals[0], rival, work);
    }
    rivals.push_back({{"kind", kKinds[static_cast<int>(rival.kind)]},
                      {"name", rival.name},
                      {"settings", rival.settings},
                      {"details", rival.details},
                      {"trouble", rival.trouble},
                      {"ms", std::move(ms)},
                      {"in_force_is_faster", std::move(times)},
                      {"average", average_speed_up(found.rivals[0], rival)}});
  }
  const Verdict verdict = verdict_of(found);
  return {{"device", found.device},
          {"rivals", std::move(rivals)},
          {"agreement", found.agreement},
          {"busy", found.busy},
          {"verdict",
           {{"grade", verdict.grade},
            {"words", verdict.words},
            {"faster", verdict.faster},
            {"slower", verdict.slower},
            {"speed_up", verdict.speed_up},
            {"saved_s_per_100_queries", verdict.saved_s_per_100_queries},
            {"saved_s_per_1000_documents", verdict.saved_s_per_1000_documents}}},
          {"recommendations", recommendations(found)}};
}

}  // namespace rappel
