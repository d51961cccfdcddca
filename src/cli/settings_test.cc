#include "config/settings.h"

#include <gtest/gtest.h>

#include "doctor/server_answer.h"
#include "server/server.h"

namespace rappel {
namespace {

RuntimeSettings settings_of(Environment environment) {
  OptionSources sources;
  sources.environment = std::move(environment);
  auto options = Options::resolve(sources, kServeCommand);
  EXPECT_TRUE(options.ok()) << options.status().to_string();
  return runtime_settings(*options);
}

TEST(Settings, WhatALostDeviceMeans) {
  EXPECT_TRUE(settings_of({}).fall_back_when_lost);
  EXPECT_TRUE(settings_of({{"DEVICE_FALLBACK", "true"}}).fall_back_when_lost);
  EXPECT_FALSE(settings_of({{"DEVICE_FALLBACK", "false"}}).fall_back_when_lost);
  EXPECT_TRUE(settings_of({{"PYTORCH_ENABLE_MPS_FALLBACK", "1"}}).fall_back_when_lost);
  EXPECT_FALSE(settings_of({{"PYTORCH_ENABLE_MPS_FALLBACK", "0"}}).fall_back_when_lost);
}

TEST(Settings, WhereAServerIsAsked) {
  const auto address = [](const char* host) {
    OptionSources sources;
    sources.environment = {{"RAG_HOST", host}, {"RAG_PORT", "81"}};
    const ServerAddress found = server_address(*Options::resolve(sources, kServeCommand));
    return found.host + " " + found.to_ask;
  };
  EXPECT_EQ(address("localhost"), "127.0.0.1 127.0.0.1:81");
  EXPECT_EQ(address("0.0.0.0"), " 127.0.0.1:81");
  EXPECT_EQ(address("::"), " [::1]:81");
  EXPECT_EQ(address("::1"), "::1 [::1]:81");
  EXPECT_EQ(address("[::1]"), "::1 [::1]:81");
  EXPECT_EQ(address("10.1.1.1"), "10.1.1.1 10.1.1.1:81");
}

TEST(Settings, DocumentsOfTheLocalServerNameItsAddress) {
  const auto address = [](Environment environment) {
    OptionSources sources;
    sources.environment = std::move(environment);
    const ServerOptions server = server_settings(*Options::resolve(sources, kServeCommand));
    return server.document_url + (server.require_token ? " with tokens" : " without tokens");
  };
  EXPECT_EQ(address({}), " with tokens");
  EXPECT_EQ(address({{"RAPPEL_LOCAL", "true"}}), "http://localhost:3333 without tokens");
  EXPECT_EQ(address({{"RAPPEL_LOCAL", "true"}, {"PORT", "81"}}), "http://localhost:81 without tokens");
  EXPECT_EQ(address({{"RAPPEL_LOCAL", "true"}, {"RAPPEL_PUBLIC_URL", "https://docs.example.org"}}),
            "https://docs.example.org without tokens");
}

TEST(Settings, DeviceMemoryIsBytesOrAShare) {
  constexpr std::uint64_t kHas = 1000ull << 20;
  const auto limit = [](const char* name, const char* text) {
    return settings_of({{name, text}}).device_memory.of(kHas) >> 20;
  };
  const char* variable = "RAPPEL_DEVICE_MEMORY";
  EXPECT_EQ(settings_of({}).device_memory.of(kHas), 0u);
  EXPECT_EQ(limit(variable, "2G"), 2048u);
  EXPECT_EQ(limit(variable, "1.5 GiB"), 1536u);
  EXPECT_EQ(limit(variable, "512mb"), 512u);
  EXPECT_EQ(limit(variable, "67108864"), 64u);
  EXPECT_EQ(limit(variable, "50%"), 500u);
  EXPECT_EQ(limit(variable, "0.25"), 250u);
  EXPECT_EQ(limit(variable, "0"), 0u);
  EXPECT_EQ(limit(variable, "0M"), 0u);
  // The watermark of PyTorch: 0.0 is none, its own default of 1.7 more than everything.
  const char* watermark = "PYTORCH_MPS_HIGH_WATERMARK_RATIO";
  EXPECT_EQ(limit(watermark, "0.0"), 0u);
  EXPECT_EQ(limit(watermark, "0.7"), 700u);
  EXPECT_EQ(limit(watermark, "1.7"), 0u);
}

TEST(Settings, DeviceMemoryThatMeansNothingIsRefused) {
  for (const char* text : {"much", "2X", "-1G", "3", "15M", "300%", "nan", "inf", "G", "1e30"}) {
    OptionSources sources;
    sources.environment = {{"RAPPEL_DEVICE_MEMORY", text}};
    const Status status = Options::resolve(sources, kServeCommand).status();
    EXPECT_EQ(status.code(), Code::kInvalidArgument) << text;
    EXPECT_NE(status.message().find("expected bytes with a unit"), std::string::npos) << status.message();
  }
}

TEST(Settings, StoreGetsItsSettingsAndTheNetwork) {
  OptionSources sources;
  sources.environment = {
      {"RAPPEL_DATA_DIR", "data"}, {"https_proxy", "http://proxy"}, {"HF_TOKEN", "secret"}};
  RunContext context;
  context.variables = sources.environment;
  context.options = *Options::resolve(sources, kListCommand);
  const StoreSettings store = store_settings(context);
  EXPECT_EQ(store.kind, "sqlite");
  EXPECT_EQ(store.value("RAPPEL_DATA_DIR"), "data");
  EXPECT_EQ(store.value("https_proxy"), "http://proxy");
  EXPECT_EQ(store.value("HF_TOKEN"), "");
  EXPECT_EQ(store.values.size(), 2u);
}

TEST(Settings, CommandWithoutDatastoreUsesTheDefaultStore) {
  RunContext context;
  context.options = *Options::resolve({}, kOptimizeCommand);
  EXPECT_EQ(store_settings(context).kind, "sqlite");
}

}  // namespace
}  // namespace rappel
