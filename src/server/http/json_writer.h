// JsonWriter: compact JSON, appended to one string in the order of the calls, as Python's json.dumps writes
// it with separators (",", ":") and ensure_ascii=False. Commas come by themselves. Text that is not UTF-8 is
// repaired.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace rappel {

// The shortest digits that read back as `value`, laid out as Python's repr(): 1.0, 0.1, 1e-05, 1e+16, inf.
std::string python_float(double value);

class JsonWriter {
 public:
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);
  JsonWriter& string(std::string_view text);
  JsonWriter& integer(std::int64_t value);
  JsonWriter& real(double value);  // null when not finite: JSON has no such number
  // The shortest digits that read back as the same float, which is finite.
  JsonWriter& number(float value);
  JsonWriter& floats(std::span<const float> values);
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  JsonWriter& raw(std::string_view json);

  JsonWriter& optional(const std::optional<std::string>& text) { return text ? string(*text) : null(); }
  JsonWriter& optional(const std::optional<std::int64_t>& value) { return value ? integer(*value) : null(); }

  void reserve(std::size_t bytes) { out_.reserve(bytes); }
  std::size_t size() const { return out_.size(); }
  // The text written since the last call; writing may go on.
  std::string take() { return std::exchange(out_, {}); }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();

  std::string out_;
  bool first_ = true;  // nothing yet inside the innermost bracket, or a key was just written
};

}  // namespace rappel
