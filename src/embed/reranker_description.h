// RerankerDescription: the conditions under which a reranker's scores are worth using, as its authors
// measured them. They are part of the model, in the file rappel.json of its folder:
//
//   {"blend_weight": 0.05, "depth": 10, "languages": ["en"]}
//
// Each member may be absent; a model without the file is described by the defaults.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rappel {

struct RerankerDescription {
  double blend_weight = 1;             // share of its score in a blended one, 0..1; 1: its score alone
  std::size_t depth = 0;               // candidates that it should read of one query at most; 0: no limit
  std::vector<std::string> languages;  // ISO 639 codes, such as "en", of the texts that it reads; empty: all

  // Whether it reads texts in the language of that code. An unknown language, "", is read by a model for all
  // languages only.
  bool reads(std::string_view language) const {
    return languages.empty() || std::find(languages.begin(), languages.end(), language) != languages.end();
  }
};

}  // namespace rappel
