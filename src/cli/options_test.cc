#include "config/options.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "cli/command.h"
#include "cli/help.h"
#include "wiring/stores.h"

namespace rappel {
namespace {

const OptionSpec* spec_of(std::string_view name) {
  for (const OptionSpec& spec : option_table())
    if (spec.name() == name) return &spec;
  return nullptr;
}

OptionSources from_environment(Environment environment) {
  OptionSources sources;
  sources.environment = std::move(environment);
  return sources;
}

// `config` accepts invalid values and lists them; the other commands fail.
std::string error_of(const OptionSources& sources, unsigned command = kConfigCommand) {
  const auto options = Options::resolve(sources, command);
  if (!options.ok()) return options.status().message();
  std::string problems;
  for (const Status& problem : options->problems()) problems += problem.message();
  return problems;
}

TEST(OptionsTable, NamesAreUniqueAndDefaultsAreValid) {
  std::set<std::string> names;
  for (const OptionSpec& spec : option_table()) {
    EXPECT_TRUE(names.insert(spec.name()).second) << spec.name();
    for (const std::string_view old : split_bar(spec.old_names))
      EXPECT_TRUE(names.insert(std::string(old)).second) << old;
    EXPECT_NE(*spec.help, '\0') << spec.name();
    EXPECT_NE(spec.commands, kNoCommand) << spec.name();
  }
  for (const Command& command : command_table()) {
    std::set<std::string> flags;
    for (const OptionSpec& spec : option_table())
      if ((spec.commands & command.bit) != 0 && *spec.flag != 0) {
        EXPECT_TRUE(flags.insert(spec.flag_in(command.bit)).second) << command.name << " " << spec.flag;
        if (std::string_view(spec.flag) != spec.flag_in(command.bit)) {
          EXPECT_TRUE(flags.insert(spec.flag).second) << command.name << " " << spec.flag;
        }
      }
    EXPECT_EQ(error_of({}, command.bit), "") << command.name;
  }
}

TEST(OptionsTable, DocumentationIsUpToDate) {
  std::ifstream file("docs/configuration.md");
  std::stringstream content;
  content << file.rdbuf();
  EXPECT_EQ(content.str(), options_markdown()) << "run: rappel options --markdown > docs/configuration.md";
}

TEST(OptionsTable, TheGuidesTableOfPlatformsIsTrue) {
  std::ifstream file("docs/guide.md");
  std::stringstream content;
  content << file.rdbuf();
  for (const OptionSpec& spec : option_table()) {
    const std::string name = spec.name();
    if (content.str().find("\n| `" + name + "` | ") == std::string::npos) {
      // Precisions, and EMBEDDING_FP16 as an old name of one, have a chapter of their own.
      const bool differs = spec.fallback.cuda != nullptr || spec.fallback.mps != nullptr;
      EXPECT_TRUE(!differs || name == "EMBEDDING_FP16" || name.ends_with("_PRECISION"))
          << name << " is missing";
      continue;
    }
    std::string row = "\n| `" + name + "` |";
    for (const char* platform : {"cpu", "cuda", "mps"})
      row += std::string(" ") + default_of(spec, platform) + " |";
    EXPECT_NE(content.str().find(row + "\n"), std::string::npos) << row;
  }
}

TEST(Options, FlagBeatsEnvironmentBeatsFileBeatsDefault) {
  OptionSources sources;
  const auto now = [&] {
    const auto options = Options::resolve(sources, kServeCommand);
    EXPECT_TRUE(options.ok());
    const OptionValue& value = (*options).value("RERANK_K");
    return std::to_string(value.integer) + " from " + value.where;
  };
  EXPECT_EQ(now(), "5 from default");
  sources.env_file["RERANK_K"] = {"6", 3};
  EXPECT_EQ(now(), "6 from RERANK_K in .env line 3");
  sources.environment["RERANK_K"] = "";  // empty is not set
  EXPECT_EQ(now(), "6 from RERANK_K in .env line 3");
  sources.environment["RERANK_K"] = "7";
  EXPECT_EQ(now(), "7 from RERANK_K in the environment");
  sources.flags.emplace_back(spec_of("RERANK_K"), "8");
  EXPECT_EQ(now(), "8 from --rerank-k");
}

TEST(Options, OldNamesOfThePort) {
  OptionSources sources = from_environment({{"WEBSITES_PORT", "81"}});
  const auto port = [&] { return (*Options::resolve(sources, kServeCommand)).integer("RAG_PORT"); };
  EXPECT_EQ(port(), 81);
  sources.environment["PORT"] = "82";
  EXPECT_EQ(port(), 82);
  sources.env_file["RAG_PORT"] = {"83", 1};  // the environment goes first, whatever the name
  EXPECT_EQ(port(), 82);
  sources.environment["RAG_PORT"] = "84";
  EXPECT_EQ(port(), 84);
}

TEST(Options, TheLocalServerHasDefaultsOfItsOwn) {
  OptionSources sources = from_environment({{"RAPPEL_LOCAL", "true"}});
  const auto value = [&](const char* name) {
    return (*Options::resolve(sources, kServeCommand)).value(name);
  };
  EXPECT_EQ(value("RAG_PORT").integer, 3333);
  EXPECT_EQ(value("RAG_PORT").where, "default of RAPPEL_LOCAL");
  EXPECT_EQ(value("RAG_PORT").origin, Origin::kDefault);
  EXPECT_TRUE(value("--no-auth").boolean);
  EXPECT_EQ(value("RAPPEL_CORS_ORIGINS").items,
            (std::vector<std::string>{"http://localhost:3333", "https://chat.openai.com"}));
  sources.environment["PORT"] = "81";
  EXPECT_EQ(value("RAG_PORT").integer, 81);
  sources.environment["RAPPEL_LOCAL"] = "false";
  EXPECT_FALSE(value("--no-auth").boolean);
  EXPECT_EQ(value("RAPPEL_CORS_ORIGINS").text, "*");
}

TEST(Options, MessagesNameValuePlaceAndBounds) {
  OptionSources sources;
  sources.env_file["EMBEDDING_BATCH"] = {"abc", 3};
  EXPECT_EQ(error_of(sources), "EMBEDDING_BATCH=abc in .env line 3: expected a whole number 1..1024");
  EXPECT_EQ(error_of(from_environment({{"RERANK_ENABLE", "maybe"}})),
            "RERANK_ENABLE=maybe in the environment: expected true or false");
  EXPECT_EQ(error_of(from_environment({{"RERANK_MODE", "merge"}})),
            "RERANK_MODE=merge in the environment: expected auto, replace or blend");
  sources.env_file.clear();
  sources.flags.emplace_back(spec_of("RAG_PORT"), "70000");
  sources.flags.emplace_back(spec_of("RERANK_K"), "0");
  EXPECT_EQ(error_of(sources, kServeCommand),
            "--rerank-k 0: expected a whole number 1..1000 [setting]\n"
            "--port 70000: expected a whole number 0..65535 [setting]");
  // A bad value of an option that the command does not have is not its business.
  EXPECT_EQ(error_of(from_environment({{"RERANK_K", "x"}, {"DATASTORE", "pinecone"}}), kEmbedCommand), "");
}

TEST(Options, WholeNumbersOnly) {
  for (const char* bad : {"5.0", "1e2", "0x10", "5 6", "+", "", "99999999999999999999"}) {
    OptionSources sources;
    sources.flags.emplace_back(spec_of("RERANK_K"), bad);
    EXPECT_NE(error_of(sources, kServeCommand), "") << bad;
  }
  EXPECT_EQ((*Options::resolve(from_environment({{"RERANK_K", " 12 "}}), kServeCommand)).integer("RERANK_K"),
            12);
}

TEST(Options, OtherBuildsValuesGetAReason) {
  EXPECT_NE(error_of(from_environment({{"EMBEDDING_DEVICE", "cuda:0"}})).find("EMBEDDING_DEVICE=cuda:0"),
            std::string::npos);
  EXPECT_NE(error_of(from_environment({{"RERANK_DEVICE", "MPS"}})).find("cpu and reference"),
            std::string::npos);
  EXPECT_NE(error_of(from_environment({{"DATASTORE", "pinecone"}})).find("embedded store only"),
            std::string::npos);
  EXPECT_NE(error_of(from_environment({{"EMBEDDING_PRECISION", "int4"}}))
                .find("float32, tf32, half, bfloat16, w8a16 or int8"),
            std::string::npos);
  EXPECT_NE(error_of(from_environment({{"EMBEDDING_DEVICE", "tpu"}})).find("expected auto, cpu or reference"),
            std::string::npos);
}

TEST(Options, ADeviceOfThisBuildIsAccepted) {
  OptionSources sources = from_environment({{"EMBEDDING_DEVICE", "Metal"}, {"RERANK_DEVICE", "mps"}});
  sources.devices = {"mps", "cpu"};
  sources.platform = "mps";
  const auto options = Options::resolve(sources, kServeCommand);
  ASSERT_TRUE(options.ok()) << options.status().to_string();
  EXPECT_EQ((*options).text("EMBEDDING_DEVICE"), "mps");
  EXPECT_EQ((*options).text("RERANK_DEVICE"), "mps");
  EXPECT_EQ((*options).integer("EMBEDDING_MAX_LEN"), 8192);
  sources.environment["RERANK_DEVICE"] = "mps:0";  // as PyTorch also calls it
  EXPECT_EQ((*Options::resolve(sources, kServeCommand)).text("RERANK_DEVICE"), "mps");
  sources.environment["RERANK_DEVICE"] = "cuda";
  EXPECT_NE(
      error_of(sources, kServeCommand).find("this build has the devices mps, cpu and reference; unset it"),
      std::string::npos);
}

TEST(Options, DeviceFallback) {
  const auto options = Options::resolve(
      from_environment({{"RERANK_DEVICE", "mps"}, {"PYTORCH_ENABLE_MPS_FALLBACK", "1"}}), kServeCommand);
  ASSERT_TRUE(options.ok());
  EXPECT_EQ((*options).text("RERANK_DEVICE"), "auto");
  ASSERT_EQ((*options).notes().size(), 1u);
  EXPECT_NE((*options).notes()[0].find("RERANK_DEVICE=mps in the environment"), std::string::npos);
  EXPECT_EQ((*options).notes()[0].find("DEVICE_FALLBACK"), std::string::npos) << "it is set";
  EXPECT_EQ((*options).value("RERANK_DEVICE").fell_back,
            "RERANK_DEVICE=mps: this build has the devices cpu and reference [device-missing]");
  EXPECT_EQ((*options).value("EMBEDDING_DEVICE").fell_back, "");
}

TEST(Options, TheDoctorGoesOnWithThePlatformsDefault) {
  OptionSources sources = from_environment({{"EMBEDDING_MAX_LEN", "abc"}, {"RERANK_K", "5"}});
  sources.platform = "mps";
  const auto options = Options::resolve(sources, kServeCommand | kDoctorCommand);
  ASSERT_TRUE(options.ok());
  EXPECT_EQ((*options).integer("EMBEDDING_MAX_LEN"), 8192);
  EXPECT_EQ((*options).problems().size(), 1u);
}

TEST(Options, SynonymsAndCase) {
  const auto options = Options::resolve(from_environment({{"LOG_LEVEL", "WARNING"},
                                                          {"EMBEDDING_PRECISION", "fp32"},
                                                          {"DATASTORE", "SQLite"},
                                                          {"RERANK_ENABLE", "Yes"}}),
                                        kServeCommand);
  ASSERT_TRUE(options.ok());
  EXPECT_EQ((*options).text("LOG_LEVEL"), "warn");
  EXPECT_EQ((*options).text("EMBEDDING_PRECISION"), "float32");
  EXPECT_EQ((*options).text("DATASTORE"), "sqlite");
  EXPECT_TRUE((*options).boolean("RERANK_ENABLE"));
}

TEST(Options, ListsAndPaths) {
  const auto options = Options::resolve(
      from_environment({{"BEARER_TOKEN", " one , two,,three "}, {"HOME", "/home/u"}, {"HF_HOME", "~/hf"}}),
      kServeCommand);
  ASSERT_TRUE(options.ok());
  EXPECT_EQ((*options).items("BEARER_TOKEN"), (std::vector<std::string>{"one", "two", "three"}));
  EXPECT_EQ((*options).text("RAPPEL_DATA_DIR"), "/home/u/.local/share/rappel");
  EXPECT_EQ((*options).text("HF_HOME"), "/home/u/hf");
  const auto xdg =
      Options::resolve(from_environment({{"HOME", "/home/u"}, {"XDG_DATA_HOME", "/data"}}), kServeCommand);
  EXPECT_EQ((*xdg).text("RAPPEL_DATA_DIR"), "/data/rappel");
}

constexpr OptionSpec kLeastScore[] = {{.variable = "MADE_UP_SCORE",
                                       .flag = "--made-up-score",
                                       .type = OptionType::kReal,
                                       .value_name = "SCORE",
                                       .fallback = {"0"},
                                       .range = {0, 1},
                                       .commands = kServeCommand | kConfigCommand,
                                       .group = "Queries",
                                       .help = "Least score of a result."}};

TEST(Options, RealNumberSettingIsOneRow) {
  const auto resolve = [](OptionSources sources) {
    sources.table = kLeastScore;
    return Options::resolve(sources, kServeCommand);
  };
  EXPECT_EQ(resolve({})->real("MADE_UP_SCORE"), 0.0);
  const auto given = resolve(from_environment({{"MADE_UP_SCORE", " 0.250 "}}));
  EXPECT_EQ(given->real("MADE_UP_SCORE"), 0.25);
  EXPECT_EQ(given->text("MADE_UP_SCORE"), "0.25");
  OptionSources flag;
  flag.flags = {{&kLeastScore[0], "1e-1"}};
  EXPECT_EQ(resolve(flag)->real("MADE_UP_SCORE"), 0.1);
  for (const char* text : {"x", "1.5", "-0.1", "nan", "inf", "0x1", "0,5", "0.5 %"}) {
    const Status status = resolve(from_environment({{"MADE_UP_SCORE", text}})).status();
    EXPECT_EQ(status.id(), "setting") << text;
    EXPECT_EQ(status.message(),
              "MADE_UP_SCORE=" + std::string(text) + " in the environment: expected a number 0..1");
  }
  const std::string page = options_markdown(kLeastScore);
  EXPECT_NE(page.find("## Queries"), std::string::npos);
  EXPECT_NE(
      page.find(
          "| `MADE_UP_SCORE` | `--made-up-score` | `0` | 0..1 | serve, doctor | Least score of a result. |"),
      std::string::npos)
      << page;
}

// A store that is added leaves the list of absent ones, and its settings are rows of the table.
TEST(Options, StoresOfTheBuildAreTheChoicesOfDatastore) {
  const OptionSpec& datastore = find_option("DATASTORE");
  const auto kinds = store_kinds();
  EXPECT_EQ(split_bar(datastore.choices), std::vector<std::string_view>(kinds.begin(), kinds.end()));
  for (const std::string_view absent : split_bar(datastore.refused))
    EXPECT_EQ(std::count(kinds.begin(), kinds.end(), absent), 0) << absent;
  for (const std::string& name : store_setting_names())
    EXPECT_EQ(find_option(name).commands & datastore.commands, datastore.commands) << name;
}

TEST(Options, IgnoredVariablesAreNotedOncePerReason) {
  OptionSources sources =
      from_environment({{"CUDA_LAUNCH_BLOCKING", "0"}, {"PINECONE_URL", "x"}, {"SOMETHING_ELSE", "y"}});
  sources.env_file["PINECONE_PORT"] = {"6333", 1};
  sources.env_file["REDIS_HOST"] = {"r", 2};
  const auto options = Options::resolve(sources, kServeCommand);
  ASSERT_TRUE(options.ok());
  std::string all;
  for (const std::string& note : (*options).notes()) all += note + "\n";
  EXPECT_EQ(
      all,
      "PINECONE_PORT, PINECONE_URL, REDIS_HOST are set and ignored: it belongs to a store that this build "
      "does not have\n"
      "CUDA_LAUNCH_BLOCKING is set and ignored: it is PyTorch's\n");
}

}  // namespace
}  // namespace rappel
