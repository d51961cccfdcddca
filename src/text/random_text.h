// Random strings for tests: words, marks, clusters, special tokens and any character, mixed.
#pragma once

#include <iterator>
#include <random>
#include <string>

#include "base/utf8.h"

namespace rappel {

inline char32_t random_character(std::mt19937& random) {
  switch (random() % 6) {
    case 0: return static_cast<char32_t>(random() % 0x80);
    case 1: return static_cast<char32_t>(random() % 0x600);
    case 2: return static_cast<char32_t>(random() % 0x3200);
    case 3:
      return U"\u0301\u0308\u200d\ufb01\u2122\u00aa\u0600\u094d\u0958\uac00\u11a8\u1100\u302e\u3042\u4e2d"
          [random() % 15];
    default: {
      const auto c = static_cast<char32_t>(random() % 0x110000);
      return c >= 0xD800 && c < 0xE000 ? U'\u2581' : c;
    }
  }
}

inline std::string random_text(std::mt19937& random, std::size_t most = 40) {
  static const char* const kParts[] = {" ",
                                       " ",
                                       " ",
                                       "  ",
                                       "\t",
                                       "\r\n",
                                       "the",
                                       "The",
                                       "ing",
                                       "water",
                                       "über",
                                       "caf\u00e9",
                                       "cafe\u0301",
                                       "aaaa",
                                       "日本語",
                                       "한국",
                                       "3,000",
                                       ".",
                                       "-",
                                       "<s>",
                                       "</s>",
                                       "<mask>",
                                       "<unk>",
                                       "[MASK]",
                                       "[UNK]",
                                       "<",
                                       "[",
                                       "\u2581",
                                       "\u2581\u2581",
                                       "##",
                                       "\u00a0",
                                       "\u200b",
                                       "\u3000",
                                       "\U0001F469\u200d\U0001F52C",
                                       "\U0001F1E6\U0001F1E7\U0001F1E8",
                                       "\u302e\U0001D165\u0301",
                                       "\uff21\uff22",
                                       "\uff76\uff9e",
                                       "\u0130",
                                       "\u1e9e"};
  std::string out;
  const std::size_t count = random() % most;
  for (std::size_t i = 0; i < count; ++i) {
    if (random() % 3 == 0)
      utf8_append(out, random_character(random));
    else
      out += kParts[random() % std::size(kParts)];
  }
  return out;
}

}  // namespace rappel
