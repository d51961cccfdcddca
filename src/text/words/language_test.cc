#include "text/words/language.h"

#include <gtest/gtest.h>

#include <string>

#include "text/words/clear_language.h"

namespace rappel {
namespace {

using L = WordLanguage;

struct Sample {
  L language;
  const char* text;
};

class LanguageOfText : public testing::TestWithParam<Sample> {};

TEST_P(LanguageOfText, IsDetected) {
  EXPECT_EQ(language_code(detect_language(GetParam().text)), language_code(GetParam().language))
      << GetParam().text;
}

constexpr Sample kSamples[] = {
    {L::kEnglish, "The server answers a query after it has read the index."},
    {L::kEnglish, "How long does a refund take?"},
    {L::kEnglish, "Los Angeles Rams, San Diego Chargers, Los Angeles Lakers and Los Angeles Clippers"},
    {L::kFrench, "Le serveur r\u00e9pond apr\u00e8s avoir lu les documents."},
    {L::kFrench, "Combien de temps dure un remboursement ?"},
    {L::kFrench, "Les horaires de la piscine municipale"},
    {L::kGerman, "Der Server antwortet, nachdem er den Index gelesen hat."},
    {L::kGerman, "Wie lange dauert eine Erstattung?"},
    {L::kGerman, "\u00d6ffnungszeiten f\u00fcr das st\u00e4dtische Hallenbad"},
    {L::kSpanish, "El servidor responde despu\u00e9s de leer los documentos."},
    {L::kSpanish, "\u00bfCu\u00e1nto tarda una devoluci\u00f3n?"},
    {L::kItalian, "Il server risponde dopo che ha letto i documenti."},
    {L::kItalian, "Quando apre la piscina della citt\u00e0?"},
    {L::kPortuguese, "O servidor responde depois de ler os documentos."},
    {L::kPortuguese, "As informa\u00e7\u00f5es n\u00e3o est\u00e3o dispon\u00edveis."},
    {L::kDutch, "De server antwoordt nadat hij het register heeft gelezen."},
    {L::kDutch, "Hoe lang duurt een terugbetaling?"},
    {L::kSwedish, "Servern svarar n\u00e4r den har l\u00e4st alla dokument."},
    {L::kSwedish, "Hur l\u00e5ng tid tar det att f\u00e5 pengarna tillbaka?"},
    {L::kDanish, "Serveren svarer, efter at den har l\u00e6st dokumenterne."},
    {L::kDanish, "Hvad koster det at f\u00e5 en ny n\u00f8gle?"},
    {L::kNorwegian, "Tjeneren svarer etter at den har lest dokumentene."},
    {L::kNorwegian, "Hva koster det \u00e5 f\u00e5 en ny n\u00f8kkel?"},
    {L::kFinnish, "Palvelin vastaa, kun se on lukenut kaikki asiakirjat."},
    {L::kFinnish, "Miss\u00e4 kaupungin uimahalli on?"},
    {L::kHungarian, "A kiszolg\u00e1l\u00f3 v\u00e1laszol, miut\u00e1n az iratokat elolvasta."},
    {L::kHungarian, "Mikor nyit az \u00faj uszoda?"},
    {L::kRomanian, "Serverul r\u0103spunde dup\u0103 ce a citit toate documentele."},
    {L::kTurkish, "Sunucu belgeleri okuduktan sonra yan\u0131t verir."},
    {L::kTurkish, "Y\u00fczme havuzu ne zaman a\u00e7\u0131l\u0131yor?"},
    {L::kCatalan, "El servidor respon despr\u00e9s d'haver llegit els documents amb aquesta eina."},
    {L::kIndonesian, "Server itu menjawab setelah membaca semua dokumen yang ada."},
    {L::kLithuanian, "Serveris atsako tik tada, kai jis yra perskait\u0119s visus dokumentus."},
    {L::kSerbian, "Server odgovara nakon \u0161to je pro\u010ditao sve dokumente."},
    {L::kSerbian,
     "\u0421\u0435\u0440\u0432\u0435\u0440 \u043e\u0434\u0433\u043e\u0432\u0430\u0440\u0430 "
     "\u043f\u043e\u0441\u043b\u0435 \u0448\u0442\u043e \u0458\u0435 "
     "\u043f\u0440\u043e\u0447\u0438\u0442\u0430\u043e \u0441\u0432\u0435."},
    {L::kRussian,
     "\u0421\u0435\u0440\u0432\u0435\u0440 \u043e\u0442\u0432\u0435\u0447\u0430\u0435\u0442 "
     "\u043f\u043e\u0441\u043b\u0435 \u0442\u043e\u0433\u043e, \u043a\u0430\u043a "
     "\u043f\u0440\u043e\u0447\u0438\u0442\u0430\u043b "
     "\u0434\u043e\u043a\u0443\u043c\u0435\u043d\u0442\u044b."},
    {L::kRussian,
     "\u041a\u043e\u0433\u0434\u0430 \u043e\u0442\u043a\u0440\u043e\u0435\u0442\u0441\u044f "
     "\u0431\u0430\u0441\u0441\u0435\u0439\u043d?"},
    {L::kGreek,
     "\u038c\u03c4\u03b1\u03bd \u03b4\u03b9\u03b1\u03b2\u03ac\u03c3\u03b5\u03b9 \u03c4\u03b1 "
     "\u03ad\u03b3\u03b3\u03c1\u03b1\u03c6\u03b1."},
    {L::kArabic,
     "\u064a\u062c\u064a\u0628 \u0627\u0644\u062e\u0627\u062f\u0645 \u0628\u0639\u062f "
     "\u0642\u0631\u0627\u0621\u0629 \u0627\u0644\u0648\u062b\u0627\u0626\u0642."},
    {L::kHindi,
     "\u0938\u0930\u094d\u0935\u0930 \u0926\u0938\u094d\u0924\u093e\u0935\u0947\u091c\u093c "
     "\u092a\u0922\u093c\u0928\u0947 \u0915\u0947 \u092c\u093e\u0926 \u0909\u0924\u094d\u0924\u0930 "
     "\u0926\u0947\u0924\u093e \u0939\u0948\u0964"},
    {L::kTamil,
     "\u0b86\u0bb5\u0ba3\u0b99\u0bcd\u0b95\u0bb3\u0bc8 "
     "\u0baa\u0b9f\u0bbf\u0b95\u0bcd\u0b95\u0bc1\u0bae\u0bcd."},
    {L::kArmenian,
     "\u054d\u0565\u0580\u057e\u0565\u0580\u0568 "
     "\u057a\u0561\u057f\u0561\u057d\u056d\u0561\u0576\u0578\u0582\u0574 \u0567:"},
    {L::kBasque, "Zerbitzariak erantzuten du dokumentuak irakurri eta gero, baina ez beti."},
    {L::kIrish, "Tugann an freastala\u00ed freagra nuair at\u00e1 na doicim\u00e9id l\u00e9ite aige."},
    // Not Snowball's.
    {L::kEnglish,
     "Serwer odpowiada, kiedy przeczyta wszystkie dokumenty, ale nie wcze\u015bniej ni\u017c jest to "
     "mo\u017cliwe."},
    {L::kEnglish, "M\u00e1y ch\u1ee7 tr\u1ea3 l\u1eddi sau khi \u0111\u1ecdc t\u00e0i li\u1ec7u."},
    {L::kEnglish, "Lorem ipsum dolor sit amet"},
    {L::kOther, "\u670d\u52a1\u5668\u5728\u8bfb\u53d6\u7d22\u5f15\u540e\u56de\u7b54 SQL \u67e5\u8be2\u3002"},
    {L::kOther, "\u0e40\u0e0b\u0e34\u0e23\u0e4c\u0e1f\u0e40\u0e27\u0e2d\u0e23\u0e4c\u0e15\u0e2d\u0e1a"},
    {L::kOther, "\u05d4\u05e9\u05e8\u05ea \u05e2\u05d5\u05e0\u05d4"},
    {L::kOther, "12 345 --- 67"},
    {L::kOther, ""},
};

INSTANTIATE_TEST_SUITE_P(Samples, LanguageOfText, testing::ValuesIn(kSamples));

TEST(ClearLanguage, OneAmbiguousWordIsNotEnough) {
  for (const char* text :
       {"remplacer la courroie", "lot L-2207", "boiler F22", "ERR-4012", "22 novembre", ""})
    EXPECT_EQ(clear_language(text), std::nullopt) << text;
  EXPECT_EQ(clear_language("Combien p\u00e8se la machine Kestrel 300 ?"), L::kFrench);
  EXPECT_EQ(clear_language("How long does a refund take?"), L::kEnglish);
  EXPECT_EQ(clear_language("Wie lange dauert eine Erstattung?"), L::kGerman);
  EXPECT_EQ(clear_language("\u038c\u03c4\u03b1\u03bd"), L::kGreek) << "the script decides";
}

TEST(Language, CodesAreRead) {
  for (std::size_t i = 1; i < kWordLanguages; ++i)
    EXPECT_EQ(language_of_code(language_code(static_cast<L>(i))), static_cast<L>(i));
  EXPECT_EQ(language_of_code("fr-CA"), L::kFrench);
  EXPECT_EQ(language_of_code("PT_br"), L::kPortuguese);
  EXPECT_EQ(language_of_code("ger"), L::kGerman);
  EXPECT_EQ(language_of_code("nb"), L::kNorwegian);
  EXPECT_EQ(language_of_code("zh"), L::kOther);
  EXPECT_EQ(language_of_code(""), L::kOther);
  EXPECT_EQ(language_code(L::kOther), "");
}

TEST(Language, InvalidUtf8IsSkipped) {
  EXPECT_EQ(detect_language("Le serveur r\xe9pond \xff apr\xe8s les documents et une liste"), L::kFrench);
}

}  // namespace
}  // namespace rappel
