#include "codec/json_keys.h"

#include <set>
#include <vector>

#include "codec/json.h"

namespace rappel {
namespace {

// Stops the parser at the first key that its object has already.
class RepeatedKey : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_array(std::size_t) override { return true; }
  bool end_array() override { return true; }
  bool start_object(std::size_t) override {
    keys_.emplace_back();
    return true;
  }
  bool end_object() override {
    keys_.pop_back();
    return true;
  }
  bool key(string_t& key) override {
    if (keys_.back().insert(key).second) return true;
    found_ = key;
    return false;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

  const std::optional<std::string>& found() const { return found_; }

 private:
  std::vector<std::set<std::string>> keys_;  // of the open objects
  std::optional<std::string> found_;
};

}  // namespace

std::optional<std::string> repeated_key(std::string_view text) {
  RepeatedKey keys;
  (void)Json::sax_parse(text.begin(), text.end(), &keys);
  return keys.found();
}

}  // namespace rappel
