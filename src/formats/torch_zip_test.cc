#include "formats/torch_zip.h"

#include <gtest/gtest.h>

#include "formats/test_pickles.h"

namespace rappel {
namespace {

using pickles::state_dict;
using pickles::Tensor;
using pickles::torch_file;

const std::string kStorage = little(0x3f800000, 4) + little(0x40000000, 4) + little(0x40400000, 4) +
                             little(0x40800000, 4) + little(0x40a00000, 4) + little(0x40c00000, 4);

// Reads a copy of exactly these bytes and every byte of every view.
Status read_all(const std::string& file) {
  const auto bytes = exact_bytes(file);
  const auto tensors = read_torch_zip(bytes, "w.bin");
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

std::string error_of(const Tensor& tensor, const std::string& storage = kStorage) {
  return read_all(torch_file(state_dict({tensor}), {storage})).message();
}

TEST(TorchZip, TensorsAreViewsOfTheStorages) {
  const auto bytes = exact_bytes(torch_file(
      state_dict({{.name = "all", .storage_elements = 6, .shape = {2, 3}, .strides = {3, 1}},
                  {.name = "row", .storage_elements = 6, .offset = 3, .shape = {1, 3}, .strides = {99, 1}},
                  {.name = "scalar", .storage_elements = 6, .offset = 5}}),
      {kStorage}));
  const auto tensors = read_torch_zip(bytes, "w.bin");
  ASSERT_TRUE(tensors.ok()) << tensors.status().to_string();
  ASSERT_EQ(tensors->size(), 3u);
  std::vector<float> values(6);
  (*tensors)[0].to_float(values);
  EXPECT_EQ(values, (std::vector<float>{1, 2, 3, 4, 5, 6}));
  values.resize(3);
  (*tensors)[1].to_float(values);
  EXPECT_EQ(values, (std::vector<float>{4, 5, 6}));
  values.resize(1);
  (*tensors)[2].to_float(values);
  EXPECT_EQ(values[0], 6);
  EXPECT_GE((*tensors)[0].bytes.data(), bytes.data());
  EXPECT_EQ((*tensors)[1].bytes.data(), (*tensors)[0].bytes.data() + 12);
  EXPECT_EQ((*tensors)[0].file, "w.bin");
}

TEST(TorchZip, ErrorsNameFileTensorAndShape) {
  EXPECT_EQ(error_of({.name = "w", .storage_elements = 6, .shape = {6}, .strides = {1}}), "");
  EXPECT_EQ(error_of({.name = "w", .key = "5", .storage_elements = 6, .shape = {6}, .strides = {1}}),
            "w.bin: tensor w has its bytes in member data/5, which is missing");
  EXPECT_EQ(error_of({.name = "w", .key = "../data.pkl", .shape = {0}, .strides = {1}}),
            "w.bin: tensor w has its bytes in member data/../data.pkl, which is missing");
  EXPECT_EQ(error_of({.name = "w", .storage_elements = 7, .shape = {6}, .strides = {1}}),
            "w.bin: tensor w: its storage should hold 7 elements but has 24 bytes");
  EXPECT_EQ(error_of({.name = "w", .storage_elements = INT64_MAX, .shape = {6}, .strides = {1}}),
            "w.bin: tensor w: its storage should hold 9223372036854775807 elements but has 24 bytes");
  EXPECT_EQ(error_of({.name = "w", .storage_elements = 6, .offset = 1, .shape = {6}, .strides = {1}}),
            "w.bin: tensor w of shape [6] lies outside its storage of 6 elements");
  EXPECT_EQ(error_of({.name = "w", .storage_elements = 6, .offset = -1, .shape = {2}, .strides = {1}}),
            "w.bin: tensor w of shape [2] lies outside its storage of 6 elements");
  EXPECT_EQ(error_of({.name = "w", .storage_elements = 6, .offset = INT64_MAX, .shape = {2}, .strides = {1}}),
            "w.bin: tensor w of shape [2] lies outside its storage of 6 elements");
  EXPECT_EQ(
      error_of(
          {.name = "w", .storage_elements = 6, .shape = {1ll << 40, 1ll << 40}, .strides = {1ll << 40, 1}}),
      "w.bin: tensor w: shape [1099511627776, 1099511627776] is impossible");
  EXPECT_EQ(error_of({.name = "w", .storage_elements = 6, .shape = {-1}, .strides = {1}}),
            "w.bin: tensor w: shape [-1] is impossible");
}

std::vector<float> values_of(const Tensor& tensor, const std::string& storage = kStorage) {
  const auto bytes = exact_bytes(torch_file(state_dict({tensor}), {storage}));
  const auto tensors = read_torch_zip(bytes, "w.bin");
  EXPECT_TRUE(tensors.ok()) << tensors.status().to_string();
  if (!tensors.ok()) return {};
  std::vector<float> values((*tensors)[0].elements());
  (*tensors)[0].to_float(values);
  return values;
}

// Right-hand sides: torch.as_strided(..).contiguous() of the numbers 1 to 6.
TEST(TorchZip, StridedTensorsAreReadRowByRow) {
  using Values = std::vector<float>;
  EXPECT_EQ(values_of({.name = "w", .storage_elements = 6, .shape = {3, 2}, .strides = {1, 3}}),
            (Values{1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(values_of({.name = "w", .storage_elements = 6, .offset = 1, .shape = {2, 2}, .strides = {1, 3}}),
            (Values{2, 5, 3, 6}));
  EXPECT_EQ(values_of({.name = "w", .storage_elements = 6, .shape = {3}, .strides = {2}}), (Values{1, 3, 5}));
  EXPECT_EQ(values_of({.name = "w", .storage_elements = 6, .offset = 5, .shape = {3}, .strides = {0}}),
            (Values{6, 6, 6}));
  EXPECT_EQ(values_of({.name = "w", .storage_elements = 6, .shape = {2, 1, 3}, .strides = {1, 77, 2}}),
            (Values{1, 3, 5, 2, 4, 6}));
  EXPECT_EQ(values_of({.name = "w", .storage_elements = 6, .shape = {2, 0}, .strides = {5, 9}}), Values());
}

TEST(TorchZip, StridedTensorsStayInsideTheirStorage) {
  const auto outside = [](const Tensor& tensor) {
    const std::string error = error_of(tensor);
    EXPECT_NE(error.find("lies outside its storage of 6 elements"), std::string::npos) << error;
  };
  outside({.name = "w", .storage_elements = 6, .shape = {3, 2}, .strides = {1, 4}});
  outside({.name = "w", .storage_elements = 6, .offset = 1, .shape = {3, 2}, .strides = {1, 3}});
  outside({.name = "w", .storage_elements = 6, .shape = {3, 2}, .strides = {-1, 3}});
  outside({.name = "w", .storage_elements = 6, .shape = {3, 2}, .strides = {1, INT64_MAX}});
  outside({.name = "w", .storage_elements = 6, .shape = {2, 2}, .strides = {INT64_MAX, INT64_MAX}});
  outside({.name = "w", .storage_elements = 6, .offset = 6, .shape = {3}, .strides = {0}});
  const Status bomb = read_all(torch_file(
      state_dict({{.name = "w", .storage_elements = 6, .shape = {1ll << 40}, .strides = {0}}}), {kStorage}));
  EXPECT_EQ(bomb.code(), Code::kResourceExhausted);
  EXPECT_EQ(
      bomb.message(),
      "w.bin: tensor w of shape [1099511627776] and strides [0] repeats its storage more often than a model "
      "needs");
}

TEST(TorchZip, Float64Tensors) {
  EXPECT_EQ(
      values_of(
          {.name = "w", .storage_elements = 2, .shape = {2}, .strides = {1}, .storage = "DoubleStorage"},
          little(0x3ff8000000000000, 8) + little(0xc000000000000000, 8)),
      (std::vector<float>{1.5f, -2.0f}));
}

TEST(TorchZip, UnsupportedFilesNameAWorkaround) {
  const auto status = [](const std::string& file) { return read_all(file); };
  const std::string old =
      "\x80\x02\x8a\x0al\xfc\x9c"
      "F\xf9 j\xa8P\x19.";
  EXPECT_EQ(status(old).code(), Code::kUnsupported);
  EXPECT_NE(status(old).message().find("PyTorch before 1.6"), std::string::npos);
  EXPECT_NE(status(old).message().find("save it again"), std::string::npos);
  EXPECT_EQ(status("<html>").message(), "w.bin: is not a PyTorch file (no zip archive); download it again");
  EXPECT_EQ(status("").code(), Code::kCorrupt);
  const std::string pickle = state_dict({{.name = "w", .shape = {0}, .strides = {1}}});
  EXPECT_EQ(status(zip_bytes({{.name = "word/document.xml", .content = "x"}})).message(),
            "w.bin: is a zip archive without data.pkl, so not written by torch.save");
  EXPECT_EQ(status(zip_bytes({{.name = "a/data.pkl", .content = pickle},
                              {.name = "b/data.pkl", .content = pickle}}))
                .message(),
            "w.bin: holds two data.pkl");
  EXPECT_EQ(
      status(zip_bytes({{.name = "a/data.pkl", .content = pickle}, {.name = "a/constants.pkl"}})).code(),
      Code::kUnsupported);
  EXPECT_EQ(status(zip_bytes({{.name = "a/data.pkl", .content = pickle, .method = 8}})).code(),
            Code::kUnsupported);
  EXPECT_EQ(status(zip_bytes({{.name = "a/data.pkl", .content = pickle},
                              {.name = "a/data/0", .content = "", .method = 8}}))
                .message()
                .substr(0, 37),
            "w.bin: member data/0 is compressed; s");
  EXPECT_NE(status(zip_bytes({{.name = "a/data.pkl", .content = pickle},
                              {.name = "a/byteorder", .content = "big"}}))
                .message()
                .find("big-endian"),
            std::string::npos);
  EXPECT_EQ(status(torch_file(pickles::program(pickles::global("os", "system")), {})).message(),
            "w.bin: refuses to load os.system: only tensors and dictionaries are read, nothing is executed");
}

const std::string kSmall =
    torch_file(state_dict({{.name = "w", .storage_elements = 6, .shape = {2, 3}, .strides = {3, 1}},
                           {.name = "h",
                            .key = "1",
                            .storage_elements = 2,
                            .shape = {2},
                            .strides = {1},
                            .storage = "HalfStorage"}}),
               {kStorage, "hhhh"});

TEST(TorchZip, EveryTruncationIsAnError) {
  ASSERT_TRUE(read_all(kSmall).ok());
  for (std::size_t size = 0; size < kSmall.size(); ++size)
    EXPECT_FALSE(read_all(kSmall.substr(0, size)).ok()) << size;
}

TEST(TorchZip, MutationsNeverReadOutside) {
  int accepted = 0;
  for_each_mutation(kSmall, 20000, 17, [&](const std::string& mutant) {
    const Status status = read_all(mutant);
    EXPECT_NE(status.code(), Code::kInternal) << status.message();
    accepted += status.ok();
  });
  EXPECT_GT(accepted, 100);
  EXPECT_LT(accepted, 15000);
}

}  // namespace
}  // namespace rappel
