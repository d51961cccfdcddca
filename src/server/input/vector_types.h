// The types of numbers in which a vector is sent. Cosines of float and base64 are exact; those of the smaller
// types are near.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace rappel {

class JsonWriter;

enum class VectorType {
  kFloat,
  kBase64,   // of little-endian float32
  kInt8,     // -127..127: the greatest number of the vector is 127
  kUint8,    // the same with 128 added
  kBinary,   // eight signs in one int8: those of kUbinary less 128
  kUbinary,  // eight signs in one byte, the first in its highest bit; 1: greater than 0
};

std::string_view vector_type_name(VectorType type);
std::optional<VectorType> find_vector_type(std::string_view name);

void write_typed_vector(JsonWriter& out, const std::vector<float>& vector, VectorType type);

}  // namespace rappel
