#include "wiring/devices.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

class DevicesTest : public testing::Test {
 protected:
  std::string log_;
  std::unique_ptr<Logger> logger_ = Logger::to_string(&log_);
  ThreadPool pool_{1};
  Devices devices_{{}, pool_, *logger_};
};

TEST_F(DevicesTest, DeviceIsOpenedOnce) {
  const auto first = devices_.find("cpu", "EMBEDDING_DEVICE"), second = devices_.find("cpu", "RERANK_DEVICE");
  ASSERT_TRUE(first.ok()) << first.status().to_string();
  EXPECT_EQ(*first, *second);
  EXPECT_EQ((*first)->info().name, "cpu");
  EXPECT_EQ((*devices_.find("reference", "EMBEDDING_DEVICE"))->info().name, "reference");
}

TEST_F(DevicesTest, AutoIsTheBestDevice) {
  const auto chosen = devices_.find("auto", "EMBEDDING_DEVICE");
  ASSERT_TRUE(chosen.ok()) << chosen.status().to_string();
  EXPECT_EQ(built_devices().back(), "cpu");
  const auto best = devices_.find(best_device(), "EMBEDDING_DEVICE");
  EXPECT_EQ(*chosen, best.ok() ? *best : *devices_.find("cpu", "EMBEDDING_DEVICE"));
}

TEST_F(DevicesTest, UnknownDeviceNamesThoseOfTheBuild) {
  for (const char* name : {"gpu", "cpu:1", "reference:0", ""}) {
    const Status status = devices_.find(name, "RERANK_DEVICE").status();
    EXPECT_EQ(status.code(), Code::kUnsupported) << name;
    EXPECT_EQ(status.id(), "device-missing") << name;
    EXPECT_NE(status.message().find("is not in this build, which has: "), std::string::npos)
        << status.message();
    EXPECT_NE(status.message().find("cpu. Set RERANK_DEVICE to auto or cpu"), std::string::npos)
        << status.message();
  }
}

TEST_F(DevicesTest, NumberOfADeviceMustBeANumber) {
  if (built_devices().front() != "cuda") GTEST_SKIP() << "this build has no CUDA device";
  for (const char* name : {"cuda:", "cuda:x", "cuda:-1", "cuda:1x"}) {
    const Status status = devices_.find(name, "EMBEDDING_DEVICE").status();
    EXPECT_EQ(status.id(), "setting") << name;
    EXPECT_EQ(status.message(),
              "EMBEDDING_DEVICE=" + std::string(name) + ": expected cuda or cuda:N with a number N");
  }
}

TEST(Devices, UnknownCpuTargetListsTheRunnableOnes) {
  std::string log;
  const auto logger = Logger::to_string(&log);
  ThreadPool pool(1);
  Devices devices({.cpu_target = "z80", .device_memory = {}}, pool, *logger);
  const Status status = devices.cpu_report().status();
  EXPECT_EQ(status.id(), "cpu-target");
  EXPECT_NE(status.message().find("RAPPEL_CPU_TARGET=z80: no such target in this build; it can run auto, "),
            std::string::npos)
      << status.message();
}

}  // namespace
}  // namespace rappel
