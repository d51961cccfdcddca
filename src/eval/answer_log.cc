#include "eval/answer_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "base/ascii.h"
#include "base/units.h"
#include "codec/json.h"
#include "eval/file_lines.h"

namespace rappel {
namespace {

constexpr char kJsonForm[] = R"(expected {"question":"..","answer_ids":["..",".."]})";
constexpr char kTableForm[] = "expected a question and the id of a document";
constexpr std::string_view kWhite = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(kWhite), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(kWhite) + 1);
}

// Questions in the order of the file, each once.
class Questions {
 public:
  void add(std::string_view question, std::string answer) {
    const auto [it, fresh] = places_.try_emplace(std::string(question), found_.size());
    if (fresh) found_.push_back({it->first, {}});
    std::vector<std::string>& answers = found_[it->second].answers;
    if (std::find(answers.begin(), answers.end(), answer) == answers.end())
      answers.push_back(std::move(answer));
  }
  std::vector<LoggedQuestion> take() { return std::move(found_); }

 private:
  std::vector<LoggedQuestion> found_;
  std::unordered_map<std::string, std::size_t> places_;
};

std::optional<std::string> id_of(const Json& value) {
  if (value.is_string() && !value.get_ref<const std::string&>().empty()) return value.get<std::string>();
  if (value.is_number_integer()) return value.dump();
  return std::nullopt;
}

Status add_json(const FileLine& line, Questions& questions) {
  auto object = parse_json(line.text);
  if (!object.ok()) return line.problem(object.status().message() + "; " + kJsonForm);
  if (!object->is_object()) return line.problem(std::string("it is no JSON object; ") + kJsonForm);
  const auto question = object->find("question");
  if (question == object->end() || !question->is_string())
    return line.problem(std::string("the member \"question\" is missing or no text; ") + kJsonForm);
  const auto text = trimmed(question->get_ref<const std::string&>());
  if (text.empty()) return line.problem("its question is empty");
  const auto ids = object->find("answer_ids");
  if (ids == object->end() || !ids->is_array() || ids->empty())
    return line.problem(std::string("the member \"answer_ids\" is missing or no list with ids; ") +
                        kJsonForm);
  for (const Json& value : *ids) {
    std::optional<std::string> id = id_of(value);
    if (!id) return line.problem(std::string("one of its answer_ids is no text; ") + kJsonForm);
    questions.add(text, std::move(*id));
  }
  return {};
}

// The cell at the begin of `rest`, which loses it and the separator after it. Nothing: quotes are wrong.
std::optional<std::string> take_cell(std::string_view& rest, char separator) {
  std::string cell;
  if (!rest.starts_with('"')) {
    const std::size_t end = std::min(rest.find(separator), rest.size());
    cell = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return cell;
  }
  for (rest.remove_prefix(1);;) {
    const std::size_t quote = rest.find('"');
    if (quote == std::string_view::npos) return std::nullopt;
    cell += rest.substr(0, quote);
    rest.remove_prefix(quote + 1);
    if (!rest.starts_with('"')) break;
    cell += '"';
    rest.remove_prefix(1);
  }
  if (!rest.empty() && rest.front() != separator) return std::nullopt;
  rest.remove_prefix(std::min<std::size_t>(1, rest.size()));
  return cell;
}

bool names_questions(std::string_view cell) {
  const std::string name = lower_case(cell);
  return name == "question" || name == "query";
}

Status add_row(const FileLine& line, char separator, bool first, Questions& questions) {
  std::vector<std::string> cells;
  std::string_view rest = line.text.substr(0, line.text.find_last_not_of("\r\n") + 1);
  while (!rest.empty()) {
    std::optional<std::string> cell = take_cell(rest, separator);
    if (!cell)
      return line.problem(
          "a value in double quotes does not end before the next separator or line end; "
          "write \"\" for a quote in it");
    cells.emplace_back(trimmed(*cell));
  }
  if (cells.size() != 2)
    return line.problem(fmt::format("it has {}; {}{}", count_text(cells.size(), "value"), kTableForm,
                                    separator == ',' ? ", and double quotes around a question with commas"
                                                     : ", with a tab between them"));
  if (first && names_questions(cells[0])) return {};
  if (cells[0].empty() || cells[1].empty())
    return line.problem(std::string("one of its values is empty; ") + kTableForm);
  questions.add(cells[0], std::move(cells[1]));
  return {};
}

}  // namespace

Result<std::vector<LoggedQuestion>> read_answer_log(const std::filesystem::path& file) {
  Questions questions;
  enum class Form { kUnknown, kJson, kComma, kTab } form = Form::kUnknown;
  const Status status = for_each_line(file, [&](const FileLine& line) -> Status {
    const bool first = form == Form::kUnknown;
    if (first)
      form = trimmed(line.text).starts_with('{')              ? Form::kJson
             : line.text.find('\t') != std::string_view::npos ? Form::kTab
                                                              : Form::kComma;
    if (form == Form::kJson) return add_json(line, questions);
    return add_row(line, form == Form::kTab ? '\t' : ',', first, questions);
  });
  RAPPEL_TRY(status);
  std::vector<LoggedQuestion> found = questions.take();
  if (found.empty())
    return Status(Code::kInvalidArgument,
                  fmt::format("cannot use {}: it has no question with the id of an answer", file.string()));
  return found;
}

}  // namespace rappel
