#include "config/settings_report.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "config/dotenv.h"

namespace rappel {
namespace {

RunContext context_of(const std::string& text, const Environment& environment = {}) {
  OptionSources sources;
  sources.environment = environment;
  sources.env_file = parse_env_file(text, environment).entries;
  sources.env_file_name = "old.env";
  RunContext context;
  context.options = Options::resolve(sources, kConfigCommand).value();
  context.settings_entries = sources.env_file;
  return context;
}

std::string use_of(const RunContext& context, const std::string& name) {
  const auto uses = variables_of_settings_file(context);
  const auto it =
      std::find_if(uses.begin(), uses.end(), [&](const VariableUse& use) { return use.name == name; });
  return it == uses.end() ? "not listed" : it->words;
}

TEST(SettingsReport, SecretsAndCredentialsAreHidden) {
  const RunContext context = context_of(
      "BEARER_TOKEN=first-secret-of-many,second-secret-of-many\nRAPPEL_CHAT_URL=https://me:pa@ss@host/v1\n"
      "RAPPEL_PUBLIC_URL=https://host/a@b\n");
  EXPECT_EQ(shown_value(context.options.value("BEARER_TOKEN")), "(2 set, hidden)");
  EXPECT_EQ(shown_value(context.options.value("RAPPEL_CHAT_URL")), "https://host/v1");
  EXPECT_EQ(shown_value(context.options.value("RAPPEL_PUBLIC_URL")), "https://host/a@b");
}

TEST(SettingsReport, EveryVariableOfAnOldFileIsExplained) {
  const RunContext context = context_of(
      "DATASTORE=pinecone\nPINECONE_URL=http://"
      "localhost\nBEARER_TOKEN=change-me-after-install\nEMBEDDING_BATCH=abc\n"
      "RERANK_K=5\nPORT=9000\nPYTORCH_MPS_LOG_LEVEL=1\nPYTORCH_ENABLE_MPS_FALLBACK=1\nMY_OWN=x\nRAG_HOST=\n"
      "https_proxy=http://proxy\nXDG_CACHE_HOME=cache\n");
  EXPECT_TRUE(
      use_of(context, "DATASTORE").starts_with("stops serve: DATASTORE=pinecone in old.env line 1: "));
  EXPECT_EQ(use_of(context, "PINECONE_URL"), "ignored: it belongs to a store that this build does not have");
  EXPECT_TRUE(use_of(context, "BEARER_TOKEN").starts_with("stops serve: BEARER_TOKEN is the well-known"));
  EXPECT_TRUE(use_of(context, "EMBEDDING_BATCH").starts_with("invalid: EMBEDDING_BATCH=abc"));
  EXPECT_EQ(use_of(context, "RERANK_K"), "in force");
  EXPECT_EQ(use_of(context, "PORT"), "in force as RAG_PORT");
  EXPECT_EQ(use_of(context, "PYTORCH_MPS_LOG_LEVEL"), "ignored: it is PyTorch's");
  EXPECT_EQ(use_of(context, "PYTORCH_ENABLE_MPS_FALLBACK"), "in force as DEVICE_FALLBACK");
  EXPECT_EQ(use_of(context, "MY_OWN"), "unknown: rappel has no such setting");
  EXPECT_EQ(use_of(context, "RAG_HOST"), "empty, so it counts as not set");
  EXPECT_EQ(use_of(context, "https_proxy"), "in force");
  EXPECT_EQ(use_of(context, "XDG_CACHE_HOME"), "in force");
  const auto uses = variables_of_settings_file(context);
  ASSERT_EQ(uses.size(), 12u);
  for (std::size_t i = 0; i < uses.size(); ++i) EXPECT_EQ(uses[i].line, static_cast<int>(i) + 1);
}

TEST(SettingsReport, OverriddenVariablesNameTheWinner) {
  const RunContext context = context_of(
      "RERANK_K=5\nRAG_BEARER_TOKEN=a-token-of-some-length\nPORT=1\nRAG_PORT=2\n", {{"RERANK_K", "7"}});
  EXPECT_EQ(use_of(context, "RERANK_K"), "overridden by RERANK_K in the environment");
  EXPECT_EQ(use_of(context, "RAG_BEARER_TOKEN"), "in force as BEARER_TOKEN");
  EXPECT_EQ(use_of(context, "PORT"), "overridden by RAG_PORT in old.env line 4");
}

TEST(SettingsReport, ReasonsAgainstServing) {
  EXPECT_TRUE(reasons_against_serving(context_of("BEARER_TOKEN=a-token-of-some-length\n").options).empty());
  const auto reasons = reasons_against_serving(
      context_of("DATASTORE=pinecone\nCHUNK_OVERLAP=150\nEMBEDDING_BATCH=abc\nRERANK_K=many\n",
                 {{"RAG_PORT", "x"}})
          .options);
  std::vector<std::string_view> ids;
  std::string words;
  for (const Status& reason : reasons) ids.push_back(reason.id()), words += reason.message() + "\n";
  EXPECT_EQ(reasons.size(), 5u) << words;
  EXPECT_EQ(std::count(ids.begin(), ids.end(), "setting"), 4);
  EXPECT_EQ(std::count(ids.begin(), ids.end(), "token"), 1);
  EXPECT_EQ(words.find("EMBEDDING_BATCH"), std::string::npos) << "serve does not have it";
}

}  // namespace
}  // namespace rappel
