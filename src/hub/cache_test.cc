#include "hub/cache.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "base/os/file.h"
#include "hub/hub.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

const std::string kCommitA(40, 'a');
const std::string kCommitB(40, 'b');

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

// A cache as huggingface_hub leaves it: one model, pulled as main.
class HubCache : public ::testing::Test {
 protected:
  HubCache() {
    settings_.cache = temp_.path() / "hub";
    repository_ = settings_.cache / "models--org--model";
    add(kCommitA, "config.json",
        R"({"model_type":"bert","architectures":["BertForSequenceClassification"],)"
        R"("hidden_size":32,"num_hidden_layers":2,"vocab_size":100,"torch_dtype":"float32"})");
    add(kCommitA, "tokenizer.json", "{}");
    add(kCommitA, "model.safetensors", "weights");
    add(kCommitA, "1_Pooling/config.json", "{}");
    write(repository_ / "refs/main", kCommitA);
  }

  void add(const std::string& commit, const std::string& file, const std::string& text) {
    const std::string etag = std::string(38, '0') + std::to_string(10 + blobs_++);
    write(repository_ / "blobs" / etag, text);
    const hub::RepositoryCache cache(settings_.cache, "org/model");
    ASSERT_TRUE(cache.link(commit, file, etag, true).ok());
  }

  std::string error_of(const std::string& name) const {
    const auto resolved = resolve_model(name, settings_);
    return resolved.ok() ? "found " + resolved->string() : resolved.status().message();
  }

  TempDir temp_;
  HubSettings settings_;
  fs::path repository_;
  int blobs_ = 0;
};

TEST_F(HubCache, LinksAreRelativeAsInPython) {
  const fs::path snapshot = repository_ / "snapshots" / kCommitA;
  EXPECT_EQ(fs::read_symlink(snapshot / "config.json"),
            fs::path("../../blobs") / (std::string(38, '0') + "10"));
  EXPECT_EQ(fs::read_symlink(snapshot / "1_Pooling/config.json").string().rfind("../../../blobs/", 0), 0u);
}

TEST_F(HubCache, LinkIsReplaced) {
  add(kCommitA, "tokenizer.json", "{\"new\":1}");
  const auto text = read_file(repository_ / "snapshots" / kCommitA / "tokenizer.json");
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(*text, "{\"new\":1}");
}

TEST_F(HubCache, LinkRemovesWhatAKilledOneLeft) {
  const fs::path folder = repository_ / "snapshots" / kCommitA;
  fs::create_symlink("../../blobs/e", folder / "config.json.tmp-0c1e877cc144617f");
  for (const char* other : {"config.json.tmp-mine", "tokenizer.json.tmp-0c1e877cc144617f"})
    write(folder / other, "");
  write(repository_ / "blobs/e", "new");
  const hub::RepositoryCache cache(settings_.cache, "org/model");
  ASSERT_TRUE(cache.link(kCommitA, "config.json", "e", false).ok());
  EXPECT_EQ(*read_file(folder / "config.json"), "new");
  EXPECT_FALSE(fs::is_symlink(folder / "config.json.tmp-0c1e877cc144617f"));
  EXPECT_TRUE(fs::exists(folder / "config.json.tmp-mine"));
  EXPECT_TRUE(fs::exists(folder / "tokenizer.json.tmp-0c1e877cc144617f"))
      << "the lock of its blob is not held";
}

TEST_F(HubCache, ResolvesByRefAndByCommit) {
  for (const std::string& name :
       {std::string("org/model"), std::string("org/model@main"), "org/model@" + kCommitA}) {
    const auto folder = resolve_model(name, settings_);
    ASSERT_TRUE(folder.ok()) << folder.status().message();
    EXPECT_EQ(*folder, repository_ / "snapshots" / kCommitA);
  }
  write(repository_ / "refs/refs/pr/1", kCommitA + "\n");
  EXPECT_TRUE(resolve_model("org/model@refs/pr/1", settings_).ok());
}

TEST_F(HubCache, FolderIsAcceptedAsName) {
  const fs::path folder = temp_.path() / "own";
  write(folder / "config.json", "{}");
  EXPECT_EQ(resolve_model(folder.string(), settings_).value(), folder);
  EXPECT_NE(error_of((temp_.path() / "hub").string()).find("has no config.json"), std::string::npos);
  EXPECT_NE(error_of((folder / "config.json").string()).find("is a file"), std::string::npos);
  EXPECT_NE(error_of("./nowhere").find("there is no folder"), std::string::npos);
}

TEST_F(HubCache, WrongPathNamesTheModelsNearIt) {
  const fs::path models = temp_.path() / "models";
  for (const char* name : {"a", "b", "c", "d", "e", "f", "g"}) write(models / name / "config.json", "{}");
  write(models / "notes" / "x.txt", "");
  const std::string wrong = error_of((models / "x" / "y").string());
  EXPECT_NE(wrong.find("there is no folder \"" + (models / "x" / "y").string() + "\""), std::string::npos)
      << wrong;
  EXPECT_NE(wrong.find(models.string() + " is there and holds the model folders a, b, c, d, e and 2 more"),
            std::string::npos)
      << wrong;
  EXPECT_NE(error_of(models.string()).find("holds the model folders a, b"), std::string::npos);
  const std::string none = error_of((temp_.path() / "own" / "x").string());
  EXPECT_NE(none.find(temp_.path().string() + " is there and holds no model folder"), std::string::npos)
      << none;
  EXPECT_NE(error_of("./nowhere").find(fs::current_path().string() + "/nowhere\""), std::string::npos);
}

TEST_F(HubCache, MissingModelMessage) {
  settings_.offline = true;
  const auto missing = resolve_model("org/other", settings_);
  ASSERT_EQ(missing.status().code(), Code::kNotFound);
  for (const std::string& part :
       {(settings_.cache / "models--org--other").string(), std::string("HF_HUB_OFFLINE"),
        std::string("rappel model pull org/other"), std::string("model folder")})
    EXPECT_NE(missing.status().message().find(part), std::string::npos) << missing.status().message();
}

TEST_F(HubCache, OtherRevisionIsNotUsed) {
  const std::string error = error_of("org/model@v2");
  EXPECT_NE(error.find("holds other revisions"), std::string::npos) << error;
  EXPECT_NE(error.find(kCommitA), std::string::npos) << error;
  EXPECT_EQ(resolve_model("org/model@" + kCommitB, settings_).status().code(), Code::kNotFound);
}

TEST_F(HubCache, DanglingLinkMeansIncompleteModel) {
  fs::remove(fs::canonical(repository_ / "snapshots" / kCommitA / "model.safetensors"));
  const std::string error = error_of("org/model");
  EXPECT_NE(error.find("only partly"), std::string::npos) << error;
  EXPECT_NE(error.find("weights"), std::string::npos) << error;
}

TEST_F(HubCache, ShardsAreCountedByTheIndex) {
  const fs::path folder = repository_ / "snapshots" / kCommitA;
  fs::remove(folder / "model.safetensors");
  add(kCommitA, "model.safetensors.index.json",
      R"({"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors",)"
      R"("c":"model-00001-of-00002.safetensors"}})");
  add(kCommitA, "model-00001-of-00002.safetensors", "x");
  EXPECT_EQ(hub::missing_files(folder), std::vector<std::string>{"model-00002-of-00002.safetensors"});
  add(kCommitA, "model-00002-of-00002.safetensors", "x");
  EXPECT_TRUE(hub::missing_files(folder).empty());
}

TEST_F(HubCache, HostileIndexesAreRefused) {
  const fs::path index = temp_.path() / "index.json";
  for (const char* text :
       {"", "[]", "{}", R"({"weight_map":[]})", R"({"weight_map":{}})", R"({"weight_map":{"a":1}})",
        R"({"weight_map":{"a":"../x.safetensors"}})", R"({"weight_map":{"a":"/x.safetensors"}})",
        R"({"weight_map":{"a":"d/x.safetensors"}})", R"({"weight_map":{"a":"x.bin"}})"}) {
    write(index, text);
    EXPECT_EQ(hub::shards_of_index(index).status().code(), Code::kCorrupt) << text;
  }
}

TEST_F(HubCache, HostileRefIsIgnored) {
  write(repository_ / "refs/main", "../../../../etc");
  EXPECT_EQ(resolve_model("org/model", settings_).status().code(), Code::kNotFound);
}

TEST_F(HubCache, List) {
  add(kCommitB, "config.json", R"({"model_type":"llama"})");
  fs::create_directories(settings_.cache / "datasets--a--b");
  const auto models = list_models(settings_);
  ASSERT_TRUE(models.ok());
  ASSERT_EQ(models->size(), 2u);
  const CachedModel& first = models->front();
  EXPECT_EQ(first.name, "org/model");
  EXPECT_EQ(first.commit, kCommitA);
  EXPECT_EQ(first.refs, std::vector<std::string>{"main"});
  EXPECT_EQ(first.kind, ModelKind::kReranker);
  EXPECT_TRUE(first.complete);
  EXPECT_EQ(models->back().kind, ModelKind::kOther);
  EXPECT_FALSE(models->back().complete);

  settings_.cache = temp_.path() / "nothing";
  EXPECT_TRUE(list_models(settings_).value().empty());
}

TEST_F(HubCache, Info) {
  const auto info = model_info("org/model", settings_);
  ASSERT_TRUE(info.ok());
  EXPECT_EQ(info->name, "org/model");
  EXPECT_EQ(info->commit, kCommitA);
  EXPECT_EQ(info->model_type, "bert");
  EXPECT_EQ(info->hidden, 32);
  EXPECT_EQ(info->layers, 2);
  EXPECT_EQ(info->vocabulary, 100);
  EXPECT_EQ(info->dtype, "float32");
  ASSERT_EQ(info->files.size(), 4u);
  EXPECT_EQ(info->files[0].name, "1_Pooling/config.json");
  EXPECT_EQ(info->files[2].name, "model.safetensors");
  EXPECT_EQ(info->files[2].bytes, 7u);
}

TEST(HubSettingsRules, VariablesInTheOrderOfHuggingfaceHub) {
  TempDir temp;
  std::map<std::string, std::string> variables = {{"HOME", temp.path().string()}};
  const auto settings = [&] {
    return hub_settings([&](const char* name) -> std::optional<std::string> {
      const auto it = variables.find(name);
      return it == variables.end() ? std::nullopt : std::optional(it->second);
    });
  };
  EXPECT_EQ(settings().cache, temp.path() / ".cache/huggingface/hub");
  EXPECT_EQ(settings().endpoint, "https://huggingface.co");
  EXPECT_FALSE(settings().offline);
  EXPECT_EQ(settings().token, "");
  variables["XDG_CACHE_HOME"] = "/xdg";
  EXPECT_EQ(settings().cache, "/xdg/huggingface/hub");
  variables["HF_HOME"] = "~/hf";
  EXPECT_EQ(settings().cache, temp.path() / "hf/hub");
  write(temp.path() / "hf/token", "from-file\n");
  EXPECT_EQ(settings().token, "from-file");
  variables["HF_TOKEN"] = " from-variable\n";
  EXPECT_EQ(settings().token, "from-variable");
  variables["HUGGINGFACE_HUB_CACHE"] = "/legacy";
  EXPECT_EQ(settings().cache, "/legacy");
  variables["HF_HUB_CACHE"] = "/cache";
  EXPECT_EQ(settings().cache, "/cache");
  variables["HF_ENDPOINT"] = "http://127.0.0.1:8000/";
  EXPECT_EQ(settings().endpoint, "http://127.0.0.1:8000");
  variables["HF_HUB_OFFLINE"] = "yes";
  EXPECT_TRUE(settings().offline);
  variables["HTTP_PROXY"] = "http://ignored";
  EXPECT_EQ(settings().http_proxy, "");
  variables["ALL_PROXY"] = "http://p";
  EXPECT_EQ(settings().http_proxy, "http://p");
  EXPECT_EQ(settings().https_proxy, "http://p");
}

}  // namespace
}  // namespace rappel
