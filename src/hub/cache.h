// The folders of one repository in the Hub cache (layout in hub.h), and what is missing in a snapshot.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace rappel::hub {

class RepositoryCache {
 public:
  // Both have passed the checks of names.h.
  RepositoryCache(std::filesystem::path cache, std::string_view repository);

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path blob(std::string_view etag) const { return folder_ / "blobs" / etag; }
  std::filesystem::path incomplete(std::string_view etag) const;
  std::filesystem::path snapshot(std::string_view commit) const { return folder_ / "snapshots" / commit; }
  std::filesystem::path ref(std::string_view revision) const { return folder_ / "refs" / revision; }
  std::filesystem::path lock(std::string_view etag) const;

  // The commit that a ref file names, or the revision itself when it is a commit; nullopt when there is no
  // such ref.
  std::optional<std::string> commit_of(std::string_view revision) const;
  // Snapshots that exist, sorted.
  std::vector<std::string> commits() const;
  // Names under refs/, with the commits they hold, sorted.
  std::vector<std::pair<std::string, std::string>> refs() const;

  // Makes snapshots/<commit>/<file> lead to the blob: a relative symbolic link, replaced atomically. Where
  // the file system has none, the blob itself is moved there when it is new, else copied. Leftovers of an
  // earlier call that was killed are removed. The caller holds the blob's lock.
  Status link(std::string_view commit, std::string_view file, std::string_view etag, bool new_blob) const;

 private:
  std::filesystem::path cache_;
  std::filesystem::path folder_;
};

// The forms in which weights are published, the better first; an index names the files that hold them.
inline constexpr const char* kWeightForms[] = {"model.safetensors", "model.safetensors.index.json",
                                               "pytorch_model.bin", "pytorch_model.bin.index.json"};
inline bool is_index(std::string_view file) { return file.ends_with(".index.json"); }

// "0_Transformer": where older versions of sentence-transformers put the encoder. Any number.
bool is_encoder_folder(std::string_view name);

// The folder of config.json, tokenizer and weights: the one that modules.json names for its Transformer, else
// `folder`.
std::filesystem::path encoder_folder(const std::filesystem::path& folder);

// Files that a model cannot be loaded without and that `folder` lacks, for a message: "config.json", "weights
// (model.safetensors or pytorch_model.bin)", the shards of an index. Links that lead nowhere count as
// missing.
std::vector<std::string> missing_files(const std::filesystem::path& folder);

// The files of weights that an index names, sorted, each once. kCorrupt when it is not an index or names what
// could not be a file of weights in its folder.
Result<std::vector<std::string>> shards_of_index(const std::filesystem::path& index);

}  // namespace rappel::hub
