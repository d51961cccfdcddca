#include "formats/safetensors.h"

#include <gtest/gtest.h>

#include "testing/byte_files.h"

namespace rappel {
namespace {

std::string file_of(const std::string& header, const std::string& data) {
  return little(header.size(), 8) + header + data;
}

// Reads a copy of exactly these bytes and every byte of every view.
Status read_all(const std::string& file) {
  const auto bytes = exact_bytes(file);
  const auto tensors = read_safetensors(bytes, "m.safetensors");
  if (!tensors) return tensors.status();
  unsigned sum = 0;
  for (const TensorView& tensor : *tensors) {
    if (tensor.dtype != DType::kOther && tensor.bytes.size() != tensor.elements() * dtype_size(tensor.dtype))
      return Status(Code::kInternal, "a view does not hold its elements");
    for (const std::byte b : tensor.bytes) sum += static_cast<unsigned>(b);
  }
  volatile unsigned used = sum;
  (void)used;
  return {};
}

const std::string kHeader = R"({"__metadata__":{"format":"pt"},)"
                            R"("b":{"dtype":"F16","shape":[3],"data_offsets":[16,22]},)"
                            R"("a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},)"
                            R"("none":{"dtype":"BF16","shape":[0,5],"data_offsets":[22,22]},)"
                            R"("mask":{"dtype":"BOOL","shape":[2],"data_offsets":[22,24]}}   )";
const std::string kFile = file_of(kHeader, std::string(16, 'a') + std::string(6, 'b') + "mm");

TEST(Safetensors, ViewsPointIntoTheFile) {
  const auto bytes = exact_bytes(kFile);
  const auto tensors = read_safetensors(bytes, "m.safetensors");
  ASSERT_TRUE(tensors.ok()) << tensors.status().to_string();
  ASSERT_EQ(tensors->size(), 4u);
  const std::size_t data = 8 + kHeader.size();
  const TensorView& a = (*tensors)[0];
  EXPECT_EQ(a.name, "a");
  EXPECT_EQ(a.dtype, DType::kF32);
  EXPECT_EQ(a.shape, (std::vector<std::int64_t>{2, 2}));
  EXPECT_EQ(a.bytes.data(), bytes.data() + data);
  EXPECT_EQ(a.file, "m.safetensors");
  EXPECT_EQ((*tensors)[1].name, "b");
  EXPECT_EQ((*tensors)[1].bytes.data(), bytes.data() + data + 16);
  EXPECT_EQ((*tensors)[2].name, "none");
  EXPECT_EQ((*tensors)[3].dtype, DType::kOther);
  EXPECT_EQ((*tensors)[3].bytes.size(), 2u);
}

TEST(Safetensors, FileWithoutTensors) {
  EXPECT_TRUE(read_all(file_of("{}", "")).ok());
  EXPECT_TRUE(read_all(file_of(R"({"__metadata__":{}})", "")).ok());
}

// One tensor "x" whose description is given, with 8 bytes of data.
std::string error_of(const std::string& description, const std::string& data = std::string(8, 'x')) {
  return read_all(file_of("{\"x\":" + description + "}", data)).message();
}

TEST(Safetensors, ErrorsNameFileTensorAndShape) {
  EXPECT_EQ(error_of(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]})"), "");
  EXPECT_EQ(error_of(R"({"dtype":"F32","shape":[3],"data_offsets":[0,8]})"),
            "m.safetensors: tensor x of shape [3] and type F32 needs 12 bytes but has 8");
  EXPECT_EQ(error_of(R"({"dtype":"F32","shape":[2],"data_offsets":[0,9]})"),
            "m.safetensors: tensor x lies at [0, 9] of 8 data bytes: the file is cut off or damaged; "
            "download it again");
  EXPECT_EQ(error_of(R"({"dtype":"F32","shape":[2],"data_offsets":[8,0]})"),
            "m.safetensors: tensor x lies at [8, 0] of 8 data bytes: the file is cut off or damaged; "
            "download it again");
  EXPECT_EQ(error_of(R"({"dtype":"F33","shape":[2],"data_offsets":[0,8]})"),
            "m.safetensors: tensor x has unknown dtype F33");
  EXPECT_EQ(error_of(R"({"dtype":"F32","shape":[-2],"data_offsets":[0,8]})"),
            "m.safetensors: tensor x: shape [-2] is impossible");
  EXPECT_EQ(error_of(R"({"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]})"),
            "m.safetensors: tensor x: shape [4611686018427387904, 4] is impossible");
  EXPECT_EQ(error_of(R"({"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,8]})"),
            "m.safetensors: its header holds a number that is too large");
  EXPECT_EQ(error_of(R"({"dtype":"F32","shape":[2.0],"data_offsets":[0,8]})"),
            "m.safetensors: its header holds an unexpected value at tensor x");
  EXPECT_EQ(error_of(R"({"dtype":"F32","shape":[[2]],"data_offsets":[0,8]})"),
            "m.safetensors: its header holds an unexpected value at tensor x");
  EXPECT_EQ(error_of(R"({"dtype":"F32","shape":{"n":2},"data_offsets":[0,8]})"),
            "m.safetensors: its header holds an unexpected value at tensor x");
  EXPECT_EQ(error_of(R"({"dtype":"F32","data_offsets":[0,8]})"),
            "m.safetensors: tensor x needs dtype, shape and two data_offsets");
  EXPECT_EQ(error_of(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8,8]})"),
            "m.safetensors: tensor x needs dtype, shape and two data_offsets");
  EXPECT_EQ(error_of(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8],"shape":[2]})"),
            "m.safetensors: its header holds \"shape\" twice for tensor x");
  EXPECT_EQ(error_of("7"), "m.safetensors: its header holds an unexpected value at tensor x");
  EXPECT_EQ(error_of(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]})", std::string(9, 'x')),
            "m.safetensors: has 1 bytes after its last tensor");
}

TEST(Safetensors, HolesOverlapsAndRepeatedNamesAreRefused) {
  const auto two = [](const std::string& first, const std::string& second, const char* second_name) {
    return read_all(file_of(R"({"x":{"dtype":"U8","shape":[4],"data_offsets":)" + first + R"(},")" +
                                second_name + R"(":{"dtype":"U8","shape":[4],"data_offsets":)" + second +
                                "}}",
                            "12345678"))
        .message();
  };
  EXPECT_EQ(two("[0,4]", "[4,8]", "y"), "");
  EXPECT_EQ(two("[0,4]", "[3,7]", "y"), "m.safetensors: tensor y overlaps another");
  EXPECT_EQ(two("[0,4]", "[0,4]", "y").substr(0, 22), "m.safetensors: tensor ");
  EXPECT_EQ(two("[1,5]", "[4,8]", "y"), "m.safetensors: bytes of no tensor lie before tensor x");
  EXPECT_EQ(two("[0,4]", "[4,8]", "x"), "m.safetensors: its header holds tensor x twice");
}

TEST(Safetensors, HeaderIsBounded) {
  EXPECT_EQ(read_all(little(100'000'001, 8) + "{}").code(), Code::kResourceExhausted);
  EXPECT_EQ(read_all(little(UINT64_MAX, 8) + "{}").code(), Code::kResourceExhausted);
  EXPECT_EQ(read_all(little(3, 8) + "{}").message(),
            "m.safetensors: is cut off inside its header of 3 bytes; download it again");
  EXPECT_EQ(read_all(file_of("", "")).message(), "m.safetensors: its header is not a JSON object");
  EXPECT_EQ(read_all(file_of("[]", "")).message(), "m.safetensors: its header is not a JSON object");
  EXPECT_EQ(read_all("short").message(), "m.safetensors: is too short for a safetensors file");
  EXPECT_FALSE(read_all(file_of("{\"x\":" + std::string(100000, '['), "")).ok());
  std::string many = "{";
  for (int i = 0; i < 131073; ++i)
    many += (i > 0 ? "," : "") +
            ("\"" + std::to_string(i) + R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})");
  EXPECT_EQ(read_all(file_of(many + "}", "")).code(), Code::kResourceExhausted);
}

TEST(Safetensors, EveryTruncationIsAnError) {
  for (std::size_t size = 0; size < kFile.size(); ++size)
    EXPECT_FALSE(read_all(kFile.substr(0, size)).ok()) << size;
}

TEST(Safetensors, MutationsNeverReadOutside) {
  int accepted = 0;
  for_each_mutation(kFile, 20000, 11, [&](const std::string& mutant) {
    const Status status = read_all(mutant);
    EXPECT_NE(status.code(), Code::kInternal) << status.message();
    accepted += status.ok();
  });
  EXPECT_GT(accepted, 100);  // names and data may change
  EXPECT_LT(accepted, 15000);
}

}  // namespace
}  // namespace rappel
