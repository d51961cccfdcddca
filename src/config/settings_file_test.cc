#include "config/settings_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "testing/temp_dir.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

OptionSources with_file(const fs::path& file, Environment environment = {}) {
  OptionSources sources;
  sources.environment = std::move(environment);
  sources.environment["RAPPEL_ENV_FILE"] = file.string();
  return sources;
}

TEST(SettingsFile, RelativePathsCountFromItsFolder) {
  EXPECT_EQ(path_in_settings("data", "/srv/rappel/.env"), "/srv/rappel/data");
  EXPECT_EQ(path_in_settings("../data", "/srv/rappel/.env"), "/srv/data");
  EXPECT_EQ(path_in_settings("data", "conf/.env"), "conf/data");
  EXPECT_EQ(path_in_settings("data", ".env"), "data");
  EXPECT_EQ(path_in_settings("/data", "/srv/rappel/.env"), "/data");
  EXPECT_EQ(path_in_settings("~/data", "/srv/rappel/.env"), "~/data");
  EXPECT_EQ(path_in_settings("", "/srv/rappel/.env"), "");
}

TEST(SettingsFile, ModelIsFolderBesideTheFileOrNameOnTheHub) {
  const TempDir temp;
  const std::string file = (temp.path() / ".env").string();
  fs::create_directories(temp.path() / "models" / "mini");
  EXPECT_EQ(model_in_settings("models/mini", file), (temp.path() / "models/mini").string());
  EXPECT_EQ(model_in_settings("BAAI/bge-m3", file), "BAAI/bge-m3");
  EXPECT_EQ(model_in_settings("./nowhere", file), (temp.path() / "nowhere").string()) << "no name begins so";
}

TEST(SettingsFile, OptionsAndVariablesOfTheFileAreRelativeToIt) {
  const TempDir temp;
  write(temp.path() / ".env",
        "RAPPEL_DATA_DIR=data\nEMBEDDING_MODEL=models/"
        "mini\nHF_HUB_CACHE=hub\nSSL_CERT_FILE=ca.pem\nRAG_HOST=a.b\n");
  fs::create_directories(temp.path() / "models" / "mini");
  OptionSources sources = with_file(temp.path() / ".env");
  std::vector<Status> problems;
  const auto read = read_settings_file(sources, problems);
  ASSERT_TRUE(read.ok()) << read.status().to_string();
  EXPECT_EQ(*read, (temp.path() / ".env").string());
  EXPECT_TRUE(problems.empty());
  const auto options = Options::resolve(sources, kServeCommand);
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options->text("RAPPEL_DATA_DIR"), (temp.path() / "data").string());
  EXPECT_EQ(options->text("EMBEDDING_MODEL"), (temp.path() / "models/mini").string());
  const Environment variables = merged_variables(sources);
  EXPECT_EQ(variables.at("HF_HUB_CACHE"), (temp.path() / "hub").string());
  EXPECT_EQ(variables.at("SSL_CERT_FILE"), (temp.path() / "ca.pem").string());
  EXPECT_EQ(variables.at("RAG_HOST"), "a.b");
}

TEST(SettingsFile, EnvironmentPathsCountFromTheWorkingDirectory) {
  const TempDir temp;
  write(temp.path() / ".env", "RAPPEL_DATA_DIR=data\nHF_HOME=hf\n");
  OptionSources sources =
      with_file(temp.path() / ".env", {{"RAPPEL_DATA_DIR", "elsewhere"}, {"HF_HOME", "home"}});
  std::vector<Status> problems;
  ASSERT_TRUE(read_settings_file(sources, problems).ok());
  EXPECT_EQ(Options::resolve(sources, kServeCommand)->text("RAPPEL_DATA_DIR"), "elsewhere");
  EXPECT_EQ(merged_variables(sources).at("HF_HOME"), "home");
}

TEST(SettingsFile, NamedFileMustExist) {
  OptionSources sources = with_file("/nowhere/x.env");
  std::vector<Status> problems;
  const Status status = read_settings_file(sources, problems).status();
  EXPECT_EQ(status.id(), "setting");
  EXPECT_NE(status.message().find("/nowhere/x.env"), std::string::npos);
  EXPECT_NE(status.message().find("; name a readable file with --env-file or RAPPEL_ENV_FILE"),
            std::string::npos)
      << status.message();
}

TEST(SettingsFile, TooLargeExpansionIsRefused) {
  const TempDir temp;
  std::string text = "A=" + std::string(600'000, 'a') + "\nB=${A}\nC=${B}\n";
  write(temp.path() / "a.env", text);
  OptionSources sources = with_file(temp.path() / "a.env");
  std::vector<Status> problems;
  const Status status = read_settings_file(sources, problems).status();
  EXPECT_EQ(status.id(), "setting");
  EXPECT_NE(status.message().find("a.env line 3: the ${NAME} references"), std::string::npos)
      << status.message();
}

TEST(SettingsFile, IgnoredLinesAreNamed) {
  const TempDir temp;
  write(temp.path() / "a.env", "odd line\nRAPPEL_ENV_FILE=b.env\nRERANK_K=4\n");
  OptionSources sources = with_file(temp.path() / "a.env");
  std::vector<Status> problems;
  ASSERT_TRUE(read_settings_file(sources, problems).ok());
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_NE(problems[0].message().find("a.env line 1: expected KEY=value"), std::string::npos);
  EXPECT_NE(problems[1].message().find("a.env line 2: a settings file cannot name another"),
            std::string::npos);
  EXPECT_EQ(sources.env_file.count("RAPPEL_ENV_FILE"), 0u);
}

TEST(SettingsFile, WordsNameTheFileOrTheFolderWithoutOne) {
  EXPECT_EQ(settings_file_words("/srv/.env"), "/srv/.env");
  EXPECT_EQ(settings_file_words(""), "none: there is no .env in " + fs::current_path().string());
}

}  // namespace
}  // namespace rappel
