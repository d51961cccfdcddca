#include "server/input/vector_types.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "server/http/json_writer.h"
#include "server/input/model_embed.h"

namespace rappel {
namespace {

constexpr struct {
  VectorType type;
  std::string_view name;
} kTypes[] = {{VectorType::kFloat, "float"},   {VectorType::kBase64, "base64"},
              {VectorType::kInt8, "int8"},     {VectorType::kUint8, "uint8"},
              {VectorType::kBinary, "binary"}, {VectorType::kUbinary, "ubinary"}};

void write_bytes(JsonWriter& out, const std::vector<float>& vector, int added) {
  float greatest = 0;
  for (const float number : vector) greatest = std::max(greatest, std::abs(number));
  const float scale = greatest > 0 ? 127 / greatest : 0;
  for (const float number : vector) out.integer(std::lround(number * scale) + added);
}

void write_signs(JsonWriter& out, const std::vector<float>& vector, int added) {
  for (std::size_t i = 0; i < vector.size(); i += 8) {
    int byte = 0;
    for (std::size_t bit = 0; bit < 8; ++bit)
      byte = 2 * byte + (i + bit < vector.size() && vector[i + bit] > 0 ? 1 : 0);
    out.integer(byte + added);
  }
}

}  // namespace

std::string_view vector_type_name(VectorType type) {
  return std::find_if(std::begin(kTypes), std::end(kTypes), [&](const auto& one) { return one.type == type; })
      ->name;
}

std::optional<VectorType> find_vector_type(std::string_view name) {
  const auto* found =
      std::find_if(std::begin(kTypes), std::end(kTypes), [&](const auto& one) { return one.name == name; });
  return found == std::end(kTypes) ? std::nullopt : std::optional(found->type);
}

void write_typed_vector(JsonWriter& out, const std::vector<float>& vector, VectorType type) {
  if (type == VectorType::kFloat || type == VectorType::kBase64) {
    write_vector(out, vector, type == VectorType::kBase64);
    return;
  }
  out.begin_array();
  if (type == VectorType::kInt8) write_bytes(out, vector, 0);
  if (type == VectorType::kUint8) write_bytes(out, vector, 128);
  if (type == VectorType::kBinary) write_signs(out, vector, -128);
  if (type == VectorType::kUbinary) write_signs(out, vector, 0);
  out.end_array();
}

}  // namespace rappel
