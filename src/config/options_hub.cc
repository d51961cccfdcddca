// Settings of the Hugging Face cache and of `rappel model`.
#include "config/option_groups.h"

namespace rappel {
namespace {

constexpr OptionSpec kTable[] = {
    // Model hub
    {.variable = "HF_HOME",
     .type = OptionType::kPath,
     .value_name = "FOLDER",
     .fallback = {"{cache}/huggingface"},
     .commands = kHub | kConfigCommand,
     .group = "Model hub",
     .help = "Home of the Hugging Face cache; models are read from, and downloaded to, its hub folder."},
    {.variable = "HF_HUB_CACHE",
     .old_names = "HUGGINGFACE_HUB_CACHE",
     .type = OptionType::kPath,
     .value_name = "FOLDER",
     .commands = kHub | kConfigCommand,
     .group = "Model hub",
     .help = "Cache folder, instead of HF_HOME/hub."},
    {.variable = "HF_TOKEN",
     .old_names = "HUGGING_FACE_HUB_TOKEN",
     .secret = true,
     .commands = kHub | kConfigCommand,
     .group = "Model hub",
     .help = "Token for private and gated models."},
    {.variable = "HF_ENDPOINT",
     .value_name = "URL",
     .fallback = {"https://huggingface.co"},
     .commands = kHub | kConfigCommand,
     .group = "Model hub",
     .help = "Address of the Hub or of a mirror."},
    {.variable = "HF_HUB_OFFLINE",
     .old_names = "TRANSFORMERS_OFFLINE",
     .type = OptionType::kBoolean,
     .fallback = {"false"},
     .commands = kHub | kConfigCommand,
     .group = "Model hub",
     .help = "Never use the network."},
    {.flag = "--revision",
     .value_name = "REVISION",
     .commands = kModelCommand,
     .group = "Model hub",
     .help = "Branch, tag or commit to pull; the same as NAME@REVISION."},
};

}  // namespace

std::span<const OptionSpec> hub_options() { return kTable; }

}  // namespace rappel
