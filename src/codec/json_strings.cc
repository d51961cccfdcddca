#include "codec/json_strings.h"

#include <vector>

#include "codec/json.h"

namespace rappel {
namespace {

// Events of the parser; false ends it.
class StringVisitor final : public nlohmann::json_sax<Json> {
 public:
  using Visit = std::function<bool(std::string_view, std::string&)>;
  StringVisitor(const Visit& visit, int max_depth) : visit_(visit), max_depth_(max_depth) {}

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool string(string_t& value) override { return visit_(path_, value); }
  bool start_object(std::size_t) override { return enter(""); }
  bool start_array(std::size_t) override { return enter("[]"); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }
  bool key(string_t& name) override {
    path_.resize(parents_.back());
    if (!path_.empty()) path_ += '.';
    path_ += name;
    return true;
  }
  bool parse_error(std::size_t byte, const std::string&, const nlohmann::detail::exception& error) override {
    failure =
        dynamic_cast<const Json::parse_error*>(&error) != nullptr
            ? Status(Code::kInvalidArgument, "malformed JSON at byte " + std::to_string(byte), error.what())
            : Status(Code::kInvalidArgument, "JSON holds a number that is out of range", error.what());
    return false;
  }

  Status failure;

 private:
  bool enter(std::string_view suffix) {
    if (static_cast<int>(parents_.size()) >= max_depth_) {
      failure = Status(Code::kInvalidArgument,
                       "JSON is nested deeper than " + std::to_string(max_depth_) + " levels");
      return false;
    }
    before_.push_back(path_.size());
    path_ += suffix;
    parents_.push_back(path_.size());
    return true;
  }
  bool leave() {
    path_.resize(before_.back());
    before_.pop_back();
    parents_.pop_back();
    return true;
  }

  const Visit& visit_;
  int max_depth_;
  std::string path_;                  // of the value that comes next
  std::vector<std::size_t> before_;   // its length outside of each open object and array
  std::vector<std::size_t> parents_;  // its length inside of each
};

}  // namespace

Status visit_json_strings(std::string_view text,
                          const std::function<bool(std::string_view path, std::string& value)>& visit,
                          int max_depth) {
  StringVisitor visitor(visit, max_depth);
  (void)Json::sax_parse(text.begin(), text.end(), &visitor);
  return visitor.failure;
}

}  // namespace rappel
