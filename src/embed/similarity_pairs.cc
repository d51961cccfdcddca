#include "embed/similarity_pairs.h"

#include <algorithm>
#include <optional>

#include "base/ascii.h"
#include "base/utf8.h"
#include "text/words/clear_language.h"
#include "text/words/language.h"

namespace rappel {
namespace {

constexpr SimilarityPair kEnglish[] = {
    {"How long do I boil an egg?", "A soft one needs five minutes in hot water, a hard one ten."},
    {"When does the library close on Saturday?", "At weekends books can be borrowed from nine to one."},
    {"How do I reset my password?", "Click on the link in the mail to choose a new secret word."},
    {"How much does a train ticket to Lyon cost?",
     "The railway fare to that city is 45 euros in second class."},
    {"Can I return shoes that do not fit?", "Unworn footwear may be sent back within thirty days."},
    {"What helps against a headache?", "Rest, water and a tablet relieve most pain in the head."},
    {"How often must the oil of the engine be changed?",
     "The motor gets a new lubricant every 15 000 kilometres."},
    {"How are bees kept warm in winter?", "In the cold season the colony forms a cluster and shivers."},
};

constexpr SimilarityPair kFrench[] = {
    {"Combien de temps faut-il cuire un œuf ?",
     "À la coque, cinq minutes dans l'eau bouillante suffisent, dur il en faut dix."},
    {"À quelle heure ferme la bibliothèque le samedi ?",
     "En fin de semaine, on peut emprunter des livres de neuf heures à treize heures."},
    {"Comment réinitialiser mon mot de passe ?",
     "Cliquez sur le lien du courriel pour choisir un nouveau code secret."},
    {"Combien coûte un billet de train pour Lyon ?",
     "Le tarif ferroviaire vers cette ville est de 45 euros en seconde classe."},
    {"Puis-je rendre des chaussures qui ne me vont pas ?",
     "Les souliers non portés peuvent être renvoyés sous trente jours."},
    {"Que faire contre le mal de tête ?",
     "Du repos, de l'eau et un comprimé soulagent la plupart des migraines."},
    {"Tous les combien faut-il changer l'huile du moteur ?",
     "La vidange se fait tous les 15 000 kilomètres."},
    {"Comment les abeilles restent-elles au chaud en hiver ?",
     "Pendant la saison froide, la colonie se serre en grappe et frissonne."},
};

constexpr SimilarityPair kGerman[] = {
    {"Wie lange muss ein Ei kochen?", "Weich braucht es fünf Minuten in heißem Wasser, hart zehn."},
    {"Wann schließt die Bibliothek am Samstag?",
     "Am Wochenende kann man von neun bis eins Bücher ausleihen."},
    {"Wie setze ich mein Passwort zurück?", "Über den Link in der Mail wählen Sie ein neues Kennwort."},
    {"Was kostet eine Fahrkarte mit dem Zug nach Lyon?",
     "Der Bahntarif in diese Stadt beträgt 45 Euro in der zweiten Klasse."},
    {"Kann ich Schuhe zurückgeben, die nicht passen?",
     "Ungetragenes Schuhwerk nehmen wir innerhalb von dreißig Tagen wieder."},
    {"Was hilft gegen Kopfschmerzen?",
     "Ruhe, Wasser und eine Tablette lindern die meisten Schmerzen im Kopf."},
    {"Wie oft muss man das Öl des Motors wechseln?",
     "Alle 15 000 Kilometer bekommt die Maschine neuen Schmierstoff."},
    {"Wie halten sich Bienen im Winter warm?",
     "In der kalten Jahreszeit bildet das Volk eine Traube und zittert."},
};

constexpr SimilarityPair kSpanish[] = {
    {"¿Cuánto tiempo se cuece un huevo?", "Pasado por agua necesita cinco minutos, duro diez."},
    {"¿A qué hora cierra la biblioteca el sábado?", "El fin de semana se prestan libros de nueve a una."},
    {"¿Cómo restablezco mi contraseña?", "Pulse el enlace del correo para elegir una nueva clave."},
    {"¿Cuánto cuesta un billete de tren a Lyon?",
     "La tarifa ferroviaria a esa ciudad es de 45 euros en segunda clase."},
    {"¿Puedo devolver unos zapatos que no me quedan bien?",
     "El calzado sin usar se admite de vuelta durante treinta días."},
    {"¿Qué ayuda contra el dolor de cabeza?",
     "Descanso, agua y una pastilla alivian la mayoría de las jaquecas."},
    {"¿Cada cuánto hay que cambiar el aceite del motor?", "El lubricante se renueva cada 15 000 kilómetros."},
    {"¿Cómo se mantienen calientes las abejas en invierno?",
     "En la estación fría la colonia forma un racimo y tiembla."},
};

constexpr SimilarityPair kItalian[] = {
    {"Quanto tempo deve bollire un uovo?", "Alla coque bastano cinque minuti in acqua calda, sodo dieci."},
    {"A che ora chiude la biblioteca il sabato?",
     "Nel fine settimana si prendono libri in prestito dalle nove all'una."},
    {"Come reimposto la mia password?",
     "Fare clic sul collegamento nella posta per scegliere una nuova parola chiave."},
    {"Quanto costa un biglietto del treno per Lione?",
     "La tariffa ferroviaria per quella città è di 45 euro in seconda classe."},
    {"Posso restituire scarpe che non mi vanno bene?",
     "Le calzature mai indossate si riprendono entro trenta giorni."},
    {"Che cosa aiuta contro il mal di testa?",
     "Riposo, acqua e una pastiglia alleviano quasi ogni emicrania."},
    {"Ogni quanto va cambiato l'olio del motore?", "Il lubrificante si sostituisce ogni 15 000 chilometri."},
    {"Come si tengono calde le api in inverno?",
     "Nella stagione fredda la colonia forma un grappolo e trema."},
};

constexpr SimilarityPair kPortuguese[] = {
    {"Quanto tempo se coze um ovo?", "Mole precisa de cinco minutos em água quente, duro de dez."},
    {"A que horas fecha a biblioteca ao sábado?", "Ao fim de semana emprestam-se livros das nove à uma."},
    {"Como redefino a minha senha?", "Clique na ligação do correio para escolher uma nova palavra-passe."},
    {"Quanto custa um bilhete de comboio para Lyon?",
     "A tarifa ferroviária para essa cidade é de 45 euros em segunda classe."},
    {"Posso devolver sapatos que não me servem?",
     "O calçado por usar é aceite de volta durante trinta dias."},
    {"O que ajuda contra a dor de cabeça?", "Descanso, água e um comprimido aliviam quase toda a enxaqueca."},
    {"De quanto em quanto se muda o óleo do motor?", "O lubrificante é trocado a cada 15 000 quilómetros."},
    {"Como se mantêm quentes as abelhas no inverno?", "Na estação fria a colónia forma um cacho e treme."},
};

constexpr SimilarityPair kDutch[] = {
    {"Hoe lang moet een ei koken?", "Zacht duurt het vijf minuten in heet water, hard tien."},
    {"Hoe laat sluit de bibliotheek op zaterdag?", "In het weekend kun je van negen tot één boeken lenen."},
    {"Hoe stel ik mijn wachtwoord opnieuw in?",
     "Klik op de link in de mail en kies een nieuwe geheime code."},
    {"Wat kost een treinkaartje naar Lyon?", "Het spoortarief naar die stad is 45 euro in de tweede klas."},
    {"Kan ik schoenen terugbrengen die niet passen?",
     "Ongedragen schoeisel nemen wij binnen dertig dagen terug."},
    {"Wat helpt tegen hoofdpijn?", "Rust, water en een tablet verlichten de meeste migraine."},
    {"Hoe vaak moet de olie van de motor worden ververst?",
     "Elke 15 000 kilometer krijgt de machine nieuw smeermiddel."},
    {"Hoe houden bijen zich warm in de winter?", "In het koude seizoen vormt het volk een tros en rilt."},
};

constexpr SimilarityPair kRussian[] = {
    {"Сколько времени варить яйцо?", "Всмятку нужно пять минут в кипятке, вкрутую десять."},
    {"Во сколько закрывается библиотека в субботу?", "В выходные книги выдают с девяти до часу."},
    {"Как сбросить пароль?", "Нажмите на ссылку в письме и выберите новое секретное слово."},
    {"Сколько стоит билет на поезд до Лиона?",
     "Проезд по железной дороге в этот город стоит 45 евро во втором классе."},
    {"Можно ли вернуть обувь, которая не подошла?",
     "Неношеные ботинки принимают обратно в течение тридцати дней."},
    {"Что помогает от головной боли?", "Отдых, вода и таблетка снимают почти любую мигрень."},
    {"Как часто менять масло в двигателе?", "Смазку мотора обновляют каждые 15 000 километров."},
    {"Как пчёлы греются зимой?", "В холодное время семья собирается в клубок и дрожит."},
};

constexpr SimilarityPair kChinese[] = {
    {"鸡蛋要煮多久？", "溏心的在开水里五分钟，全熟的十分钟。"},
    {"图书馆星期六几点关门？", "周末九点到一点可以借书。"},
    {"怎样重设我的密码？", "点击邮件里的链接，选择新的口令。"},
    {"去里昂的火车票多少钱？", "到该市的铁路二等座票价是45欧元。"},
    {"不合脚的鞋可以退吗？", "没穿过的鞋子三十天内可以寄回。"},
    {"头痛怎么办？", "休息、喝水和吃一片药能缓解大多数偏头疼。"},
    {"发动机的机油多久换一次？", "每行驶一万五千公里更换润滑油。"},
    {"蜜蜂冬天怎样保暖？", "寒冷季节蜂群聚成一团并颤动。"},
};

constexpr SimilarityPair kJapanese[] = {
    {"卵は何分ゆでますか。", "半熟なら熱湯で五分、固ゆでなら十分です。"},
    {"図書館は土曜日の何時に閉まりますか。", "週末は九時から一時まで本を借りられます。"},
    {"パスワードを再設定するにはどうしますか。", "メールのリンクを押して新しい暗証を選びます。"},
    {"リヨン行きの列車の切符はいくらですか。", "その町までの鉄道運賃は二等で45ユーロです。"},
    {"足に合わない靴は返品できますか。", "未使用の履物は三十日以内なら送り返せます。"},
    {"頭痛には何が効きますか。", "休息と水と錠剤でたいていの痛みは和らぎます。"},
    {"エンジンのオイルはどのくらいで交換しますか。", "一万五千キロごとに潤滑油を入れ替えます。"},
    {"蜂は冬にどうやって暖まりますか。", "寒い季節には群れが固まって震えます。"},
};

constexpr SimilarityPair kKorean[] = {
    {"달걀은 얼마나 삶아야 하나요?", "반숙은 끓는 물에 오 분, 완숙은 십 분이면 됩니다."},
    {"도서관은 토요일 몇 시에 닫나요?", "주말에는 아홉 시부터 한 시까지 책을 빌릴 수 있습니다."},
    {"비밀번호를 어떻게 재설정하나요?", "메일의 링크를 눌러 새 암호를 고르세요."},
    {"리옹행 기차표는 얼마인가요?", "그 도시까지 철도 이등석 요금은 45유로입니다."},
    {"맞지 않는 신발을 반품할 수 있나요?", "신지 않은 구두는 삼십 일 안에 돌려보낼 수 있습니다."},
    {"두통에는 무엇이 좋은가요?", "휴식과 물과 알약이 대부분의 머리 통증을 덜어 줍니다."},
    {"엔진 오일은 얼마나 자주 갈아야 하나요?", "만 오천 킬로미터마다 윤활유를 교체합니다."},
    {"벌은 겨울에 어떻게 따뜻하게 지내나요?", "추운 계절에는 무리가 뭉쳐서 몸을 떱니다."},
};

constexpr SimilarityPair kArabic[] = {
    {"كم من الوقت تُسلق البيضة؟", "تحتاج الطرية إلى خمس دقائق في الماء الساخن والقاسية إلى عشر."},
    {"متى تغلق المكتبة يوم السبت؟", "في نهاية الأسبوع تُعار الكتب من التاسعة إلى الواحدة."},
    {"كيف أعيد تعيين كلمة المرور؟", "انقر على الرابط في البريد لاختيار رمز سري جديد."},
    {"كم ثمن تذكرة القطار إلى ليون؟", "أجرة السكة الحديدية إلى تلك المدينة 45 يورو في الدرجة الثانية."},
    {"هل يمكنني إرجاع حذاء لا يناسبني؟", "تُقبل الأحذية غير الملبوسة خلال ثلاثين يوما."},
    {"ما الذي يساعد على علاج الصداع؟", "الراحة والماء وقرص دواء تخفف معظم آلام الرأس."},
    {"كم مرة يجب تغيير زيت المحرك؟", "يُستبدل سائل التشحيم كل 15 ألف كيلومتر."},
    {"كيف يبقى النحل دافئا في الشتاء؟", "في الفصل البارد تتجمع الخلية في عنقود وترتجف."},
};

struct Language {
  std::string_view code;
  std::span<const SimilarityPair> pairs;
};

constexpr Language kLanguages[] = {
    {"en", kEnglish}, {"fr", kFrench},     {"de", kGerman}, {"es", kSpanish},
    {"it", kItalian}, {"pt", kPortuguese}, {"nl", kDutch},  {"ru", kRussian},
    {"zh", kChinese}, {"ja", kJapanese},   {"ko", kKorean}, {"ar", kArabic},
};

bool is_ascii_letter(char c) { return lower_case(c) >= 'a' && lower_case(c) <= 'z'; }

// A language of East Asia if its writing prevails: it has as many characters as there are words in letters.
// Nothing: it does not.
std::optional<std::string_view> east_asian_language(std::string_view text) {
  std::size_t kana = 0, hangul = 0, ideographs = 0, words = 0, length = 0;
  bool in_word = false;
  const std::size_t end = utf8_valid_prefix(text);
  for (std::size_t at = 0; at < end; at += length) {
    const char32_t c = utf8_decode(text, at, length);
    kana += c >= 0x3040 && c <= 0x30FF;
    hangul += c >= 0xAC00 && c <= 0xD7AF;
    ideographs += c >= 0x3400 && c <= 0x9FFF;
    const bool letter = (c >= 0xC0 && c < 0x2000) || (c < 0x80 && is_ascii_letter(static_cast<char>(c)));
    words += letter && !in_word;
    in_word = letter;
  }
  const std::size_t all = kana + hangul + ideographs;
  if (all == 0 || all < words) return std::nullopt;
  return 4 * kana > ideographs ? "ja" : hangul > ideographs ? "ko" : "zh";
}

std::string_view code_of(WordLanguage language) {
  const std::string_view code = language_code(language);
  return similarity_pairs(code).empty() ? "en" : code;
}

}  // namespace

std::span<const SimilarityPair> similarity_pairs(std::string_view language) {
  for (const Language& one : kLanguages)
    if (one.code == language) return one.pairs;
  return {};
}

std::string_view similarity_language(std::string_view text) {
  if (const auto east_asian = east_asian_language(text)) return *east_asian;
  return code_of(detect_language(text));
}

std::optional<std::string_view> clear_similarity_language(std::string_view text) {
  if (const auto east_asian = east_asian_language(text)) return east_asian;
  const auto clear = clear_language(text);
  return clear ? std::optional(code_of(*clear)) : std::nullopt;
}

}  // namespace rappel
