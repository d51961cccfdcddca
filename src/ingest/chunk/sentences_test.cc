#include "ingest/chunk/sentences.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "ingest/chunk/test_chunks.h"

namespace rappel {
namespace {

// The sentences of the text, joined by '|'.
std::string split(const std::string& text, std::string_view language) {
  Sentences sentences(text, language);
  std::vector<std::string> found;
  for (std::size_t end = text.size(); end > 0;) {
    const std::size_t before = sentences.last_end(0, 0, end - 1);
    const std::string_view one = std::string_view(text).substr(before, end - before);
    const std::size_t first = one.find_first_not_of(" \n\f");
    found.emplace_back(first == std::string_view::npos ? "" : one.substr(first));
    end = before;
  }
  std::string out;
  for (auto one = found.rbegin(); one != found.rend(); ++one) out += (out.empty() ? "" : "|") + *one;
  return out;
}

TEST(Sentences, English) {
  EXPECT_EQ(split("Mr. Smith met Dr. Who. He left. Why? Nobody knew!", "en"),
            "Mr. Smith met Dr. Who.|He left.|Why?|Nobody knew!");
  EXPECT_EQ(split("See Fig. 3 and vol. 2 of J. R. Smith, e.g. p. 5. Pi is 3.14. So it is.", "en-GB"),
            "See Fig. 3 and vol. 2 of J. R. Smith, e.g. p. 5.|Pi is 3.14.|So it is.");
  EXPECT_EQ(split("He said no. Then he left (at last.) She stayed.", "en"),
            "He said no.|Then he left (at last.)|She stayed.");
  EXPECT_EQ(split("\"What?\" he asked. \"Nothing.\" He left.", "en"),
            "\"What?\" he asked.|\"Nothing.\"|He left.");
}

TEST(Sentences, French) {
  EXPECT_EQ(split("M. Dupont et Mme. Durand, p. ex., cf. p. 12. Il part av. J.-C. et revient.", "fr"),
            "M. Dupont et Mme. Durand, p. ex., cf. p. 12.|Il part av. J.-C. et revient.");
  EXPECT_EQ(split("Il dit : \xC2\xAB Non ! \xC2\xBB Puis il part. Voir art. 3 du code.", "fr"),
            "Il dit : \xC2\xAB Non ! \xC2\xBB|Puis il part.|Voir art. 3 du code.");
}

TEST(Sentences, German) {
  EXPECT_EQ(split("Das ist z. B. gut, d.h. Dr. Meier kam am 3. Mai 2020. Er ging ca. 5 km.", "de"),
            "Das ist z. B. gut, d.h. Dr. Meier kam am 3. Mai 2020.|Er ging ca. 5 km.");
  EXPECT_EQ(split("Es waren 12. Danach ging er. Siehe Abs. 2 bzw. Kap. 4.", "de"),
            "Es waren 12.|Danach ging er.|Siehe Abs. 2 bzw. Kap. 4.");
}

TEST(Sentences, LanguageIsThatOfTheText) {
  EXPECT_EQ(language_of_text("The end of the story is that it ends."), Language::kEnglish);
  EXPECT_EQ(language_of_text("Le chat est dans la maison et les chiens dehors."), Language::kFrench);
  EXPECT_EQ(language_of_text("Der Hund ist nicht im Haus, und die Katze auch nicht."), Language::kGerman);
  EXPECT_EQ(language_of_text("1 2 3"), Language::kOther);
  EXPECT_EQ(split("Le car de la gare est dans la rue. Cf. Mlle. Martin et les enfants.", ""),
            "Le car de la gare est dans la rue.|Cf. Mlle. Martin et les enfants.");
}

// Chinese, Japanese, Hindi, Arabic; a Thai text has spaces and no marks, so its sentences end at its end.
TEST(Sentences, OtherScripts) {
  EXPECT_EQ(split("\u8FD9\u662F\u4E00\u53E5\u3002\u4E0B\u4E00\u53E5\uFF01\u771F\u7684\uFF1F\u662F", "zh"),
            "\u8FD9\u662F\u4E00\u53E5\u3002|\u4E0B\u4E00\u53E5\uFF01|\u771F\u7684\uFF1F|\u662F");
  EXPECT_EQ(split("\u305D\u3046\u3067\u3059\u3002\u300C\u306F\u3044\u3002\u300D\u7D42\u308F\u308A", "ja"),
            "\u305D\u3046\u3067\u3059\u3002|\u300C\u306F\u3044\u3002\u300D|\u7D42\u308F\u308A");
  EXPECT_EQ(split("\u092F\u0939 \u0939\u0948\u0964 \u0935\u0939 \u0925\u093E\u0964", "hi"),
            "\u092F\u0939 \u0939\u0948\u0964|\u0935\u0939 \u0925\u093E\u0964");
  EXPECT_EQ(split("\u0647\u0644 \u0647\u0630\u0627\u061F \u0646\u0639\u0645.", "ar"),
            "\u0647\u0644 \u0647\u0630\u0627\u061F|\u0646\u0639\u0645.");
  EXPECT_EQ(split("\u0E2A\u0E27\u0E31\u0E2A\u0E14\u0E35 \u0E1C\u0E21\u0E0A\u0E37\u0E48\u0E2D", "th"),
            "\u0E2A\u0E27\u0E31\u0E2A\u0E14\u0E35 \u0E1C\u0E21\u0E0A\u0E37\u0E48\u0E2D");
}

TEST(Sentences, LineEndsEndASentenceUnlessItGoesOn) {
  EXPECT_EQ(split("Title of it\nThe text goes\non here. It\nends.", "en"),
            "Title of it|The text goes\non here.|It\nends.");
  EXPECT_EQ(split("one\n\ntwo\n\fthree", "en"), "one|two|three");
  EXPECT_EQ(split("1. First item\n2. Second item", "en"), "1. First item|2. Second item");
}

TEST(Sentences, ChunksEndAtSentencesOfTheLanguage) {
  const std::string text = repeated("We asked Dr. Who about Fig. 3 of it. ", 200);
  const ChunkOptions options{.tokens = 22, .min_chars = 20, .sentences = SentenceRules::kLanguage};
  const auto chunks = chunks_of(text, WordTokenizer(), options);
  ASSERT_GT(chunks.size(), 50u);
  for (const TextChunk& chunk : chunks) EXPECT_TRUE(chunk.text.ends_with("of it.")) << chunk.text;
  expect_promises(chunks, text, options);
}

TEST(Sentences, PromisesHoldForRandomText) {
  std::mt19937 random(3);
  const std::string words[] = {"word", " ",      " ",      "\n",     ". ",  "Dr. ", "e.g. ", "! ",
                               "3.14", "\u3002", "\u00A0", "\u6F22", "?\"", "12. ", "U.S. "};
  for (int round = 0; round < 200; ++round) {
    std::string text;
    for (auto count = random() % 600; count > 0; --count) text += words[random() % std::size(words)];
    const std::size_t tokens = 16 + random() % 50;
    const ChunkOptions options{.tokens = tokens,
                               .overlap = round % 2 != 0 ? random() % (tokens / 2) : 0,
                               .min_chars = random() % 100,
                               .sentences = SentenceRules::kLanguage};
    ASSERT_NO_FATAL_FAILURE(expect_promises(text, WordTokenizer(), options)) << "round " << round;
  }
}

// Each takes seconds if the work grows with the square of the text.
TEST(Sentences, TimeIsLinear) {
  for (const char* piece : {"e.g. ", ". ", "\n", "a", "\" ", "\u0301", " "}) {
    const std::string text = "x" + repeated(piece, 1'000'000) + "y";
    const ChunkOptions options{.tokens = 200, .min_chars = 10, .sentences = SentenceRules::kLanguage};
    const auto chunks = *collect_chunks(text, character_tokens, options);
    EXPECT_FALSE(chunks.empty());
  }
}

}  // namespace
}  // namespace rappel
