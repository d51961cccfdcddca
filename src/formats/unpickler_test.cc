#include "formats/unpickler.h"

#include <gtest/gtest.h>

#include "formats/test_pickles.h"

namespace rappel {
namespace {

using namespace pickles;  // NOLINT: the vocabulary of these tests

Result<PickledTensors> unpickle(const std::string& pickle) {
  const auto bytes = exact_bytes(pickle);
  return unpickle_tensors(bytes);
}

std::string error_of(const std::string& pickle) { return unpickle(pickle).status().message(); }

const Tensor kTensor{
    .name = "w", .key = "7", .storage_elements = 12, .offset = 6, .shape = {2, 3}, .strides = {3, 1}};

TEST(Unpickler, ReadsAStateDict) {
  const auto tensors = unpickle(state_dict({kTensor, {.name = "h", .storage = "HalfStorage"}}));
  ASSERT_TRUE(tensors.ok()) << tensors.status().to_string();
  ASSERT_EQ(tensors->size(), 2u);
  const auto& [name, w] = (*tensors)[0];
  EXPECT_EQ(name, "w");
  EXPECT_EQ(w.storage, "7");
  EXPECT_EQ(w.dtype, DType::kF32);
  EXPECT_EQ(w.element_size, 4u);
  EXPECT_EQ(w.storage_elements, 12);
  EXPECT_EQ(w.offset, 6);
  EXPECT_EQ(w.shape, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(w.strides, (std::vector<std::int64_t>{3, 1}));
  EXPECT_EQ((*tensors)[1].first, "h");
  EXPECT_EQ((*tensors)[1].second.dtype, DType::kF16);
}

// Forms that other protocols and PyTorch versions write.
TEST(Unpickler, ReadsOtherForms) {
  const std::string named = text("w") + tensor(kTensor);
  const std::string parameter = text("w") + global("torch._utils", "_rebuild_parameter") +
                                tuple({tensor(kTensor), "\x88", ordered_dict()}) + "R";
  const std::string pair = tuple({text("w"), tensor(kTensor)});
  const std::string stack_global =
      std::string("\x8c\x0b") + "collections\x94\x8c\x0bOrderedDict\x94\x93\x94)R";
  const std::string attributes = "}" + text("_metadata") + ordered_dict() + "sb";
  for (const std::string& body :
       {"}" + named + "s", "(" + named + "d", ordered_dict() + named + "s" + attributes,
        "}(" + parameter + "u",
        global("collections", "OrderedDict") + "(](" + pair + "etR",  // OrderedDict([(key, value)])
        stack_global + named + "s", std::string("\x95") + little(99, 8) + "}" + named + "s",
        "}" + named + "s" + "(K\1" + "1",                              // POP_MARK
        "}" + named + "sK\1" + "0",                                    // POP
        "}" + named + "s" + text("other") + "Ns" + "K\5K\6s",          // values that are no tensors
        global("collections", "OrderedDict") + ")\x81" + named + "s",  // NEWOBJ
        std::string("}q\5") + "0h\5" + named + "s" + "r" + little(70000, 4) + "0j" + little(70000, 4)}) {
    const auto tensors = unpickle(program(body));
    ASSERT_TRUE(tensors.ok()) << tensors.status().to_string();
    ASSERT_EQ(tensors->size(), 1u);
    EXPECT_EQ((*tensors)[0].second.storage, "7");
  }
}

TEST(Unpickler, RepeatedKeysKeepTheLastValue) {
  Tensor second = kTensor;
  second.key = "8";
  const auto tensors = unpickle(state_dict({kTensor, second}));
  ASSERT_TRUE(tensors.ok());
  ASSERT_EQ(tensors->size(), 1u);
  EXPECT_EQ((*tensors)[0].second.storage, "8");
}

TEST(Unpickler, IntegersOfEveryWidth) {
  const auto offset_of = [](const std::string& number) {
    const std::string storage =
        tuple({text("storage"), global("torch", "FloatStorage"), text("0"), text("cpu"), "K\1"}) + "Q";
    const auto tensors = unpickle(program("}" + text("w") + global("torch._utils", "_rebuild_tensor") +
                                          tuple({storage, number, ")", ")"}) + "Rs"));
    return tensors.ok() ? (*tensors)[0].second.offset : INT64_MIN;
  };
  EXPECT_EQ(offset_of("K\xff"), 255);
  EXPECT_EQ(offset_of("M\xff\xff"), 65535);
  EXPECT_EQ(offset_of("J\xfe\xff\xff\xff"), -2);
  EXPECT_EQ(offset_of(std::string("\x8a\0", 2)), 0);
  EXPECT_EQ(offset_of("\x8a\x01\xfe"), -2);
  EXPECT_EQ(offset_of("\x8a\x02\xff\x7f"), 32767);
  EXPECT_EQ(offset_of(std::string("\x8a\x05\0\0\0\0\1", 7)), std::int64_t{1} << 32);
  EXPECT_EQ(offset_of(std::string("\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f", 10)), INT64_MAX);
  EXPECT_EQ(offset_of("\x88"), INT64_MIN);  // True is no integer here
}

TEST(Unpickler, RefusesCodeByName) {
  const std::string why = ": only tensors and dictionaries are read, nothing is executed";
  EXPECT_EQ(error_of(program(global("os", "system") + tuple({text("true")}) + "R")),
            "refuses to load os.system" + why);
  EXPECT_EQ(error_of(program(global("builtins", "eval"))), "refuses to load builtins.eval" + why);
  EXPECT_EQ(error_of(program("\x8c\x05posix\x8c\x06system\x93")), "refuses to load posix.system" + why);
  EXPECT_EQ(error_of(program(global("torch", "load"))), "refuses to load torch.load" + why);
  EXPECT_EQ(error_of(program(global("torch._utils._rebuild_tensor_v2.__globals__", "get"))),
            "refuses to load torch._utils._rebuild_tensor_v2.__globals__.get" + why);
  EXPECT_EQ(error_of(program(global("torch", "FloatStorage") + ")R")), "refuses to call torch.FloatStorage");
  EXPECT_EQ(error_of(program(global("torch", "Size") + ")\x81")), "refuses to make an object of torch.Size");
  EXPECT_EQ(error_of(program("(ios\nsystem\n")),
            "refuses pickle opcode 105 (i), which a file of tensors has no use for");
  for (const char* op :
       {"P1\n", "I1\n", "\x8f", "\x90", "\x92()}", "\x82\x01", "\x97", "\x98", "S'x'\n", "V\n"})
    EXPECT_EQ(unpickle(program(op)).status().code(), Code::kUnsupported) << op;
  EXPECT_EQ(error_of("\x80\x06."), "the pickle's protocol is newer than 5");
  EXPECT_EQ(error_of(program("N")), "holds something else than a dictionary of tensors (a state dict)");
  EXPECT_EQ(unpickle(program("}")).status().code(), Code::kUnsupported);
  EXPECT_EQ(
      unpickle(program("}" + text("state_dict") + "}" + text("w") + tensor(kTensor) + "ss")).status().code(),
      Code::kUnsupported);
}

TEST(Unpickler, StackMistakesAreErrors) {
  for (const char* body : {"",       "0",        "(",
                           "t",      "1",        "e",
                           "u",      "a",        "s",
                           "R",      "b",        "2",
                           "\x85",   "\x86",     "\x87",
                           "Q",      "\x93",     "\x94",
                           "h\1",    "q\1",      "}K\1s",
                           "](K\1u", "}(K\1e",   "}(K\1u",
                           "(K\1d",  "K\1K\1R",  "NNb",
                           "NQ",     "K\1(K\1R", "}(s",
                           "NN",     "}(}.",     "\212\t123456789"})
    EXPECT_EQ(unpickle(program(body)).status().code(), Code::kCorrupt) << body;
}

TEST(Unpickler, WrongStoragesAndTensorsAreErrors) {
  const std::string type = global("torch", "FloatStorage");
  for (const auto& storage :
       {tuple({text("storage"), type, text("0"), text("cpu")}),
        tuple({text("module"), type, text("0"), text("cpu"), "K\1"}),
        tuple({text("storage"), text("x"), text("0"), text("cpu"), "K\1"}),
        tuple({text("storage"), global("torch", "Size"), text("0"), text("cpu"), "K\1"}),
        tuple({text("storage"), type, integer(0), text("cpu"), "K\1"}),
        tuple({text("storage"), type, text("0"), text("cpu"), integer(-1)}),
        tuple({text("storage"), type, text(std::string(65, '0')), text("cpu"), "K\1"})})
    EXPECT_EQ(unpickle(program(storage + "Q")).status().code(), Code::kCorrupt);
  Tensor t = kTensor;
  t.strides = {1};
  EXPECT_EQ(unpickle(state_dict({t})).status().code(), Code::kCorrupt);
  t.shape = std::vector<std::int64_t>(17, 1);
  t.strides = t.shape;
  EXPECT_EQ(unpickle(state_dict({t})).status().code(), Code::kCorrupt);
}

// Each of these makes a naive reader slow, large or dead.
TEST(Unpickler, BombsStayLinear) {
  const auto repeat = [](const std::string& piece, int count) {
    std::string all;
    for (int i = 0; i < count; ++i) all += piece;
    return all;
  };
  // A list that holds itself twice, and so on: 2^1000 items when it is walked.
  EXPECT_FALSE(unpickle(program("]q\3" + repeat("](h\3h\3eq\3", 1000))).ok());
  EXPECT_FALSE(unpickle(program(repeat("(", 2'000'000))).ok());
  EXPECT_FALSE(unpickle(program(repeat("]", 400'000) + repeat("a", 399'999))).ok());
  EXPECT_EQ(unpickle(program(repeat("N0", 2'000'000))).status().code(), Code::kResourceExhausted);
  EXPECT_EQ(unpickle(program("N" + repeat("2", 2'000'000))).status().code(), Code::kResourceExhausted);
  EXPECT_EQ(unpickle(program("N" + repeat("\x94", 2'000'000))).status().code(), Code::kResourceExhausted);
  // One long list, made into a dictionary again and again.
  const std::string pairs = "](" + repeat(")", 100'000) + "eq\3";
  EXPECT_FALSE(
      unpickle(program(pairs + global("collections", "OrderedDict") + "q\1" + repeat("h\1(h\3tR0", 100)))
          .ok());
  const std::string many_pairs = "NN\x86q\2](" + repeat("h\2", 100'000) + "e\x85q\3";
  EXPECT_EQ(
      unpickle(program(many_pairs + global("collections", "OrderedDict") + "q\1" + repeat("h\1h\3R0", 100)))
          .status()
          .code(),
      Code::kResourceExhausted);
  // Lengths that are not there.
  EXPECT_FALSE(unpickle(program("X\xff\xff\xff\xff"
                                "a"))
                   .ok());
  EXPECT_FALSE(unpickle(program("\x8d\xff\xff\xff\xff\xff\xff\xff\xff"
                                "a"))
                   .ok());
  EXPECT_FALSE(unpickle(program("cos")).ok());
}

TEST(Unpickler, EveryTruncationIsAnError) {
  const std::string pickle = state_dict({kTensor, {.name = "x", .shape = {1}, .strides = {1}}});
  for (std::size_t size = 0; size < pickle.size(); ++size)
    EXPECT_FALSE(unpickle(pickle.substr(0, size)).ok()) << size;
}

TEST(Unpickler, MutationsGiveAnAnswer) {
  int accepted = 0;
  const std::string pickle = state_dict({kTensor, {.name = "x", .shape = {1}, .strides = {1}}});
  for_each_mutation(pickle, 20000, 13, [&](const std::string& mutant) { accepted += unpickle(mutant).ok(); });
  EXPECT_GT(accepted, 100);
  EXPECT_LT(accepted, 15000);
}

}  // namespace
}  // namespace rappel
