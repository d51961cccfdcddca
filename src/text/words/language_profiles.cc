#include "text/words/language_profiles.h"

namespace rappel {
namespace {

using L = WordLanguage;

// In this order an earlier language wins a tie.
constexpr LanguageProfile kProfiles[] = {
    {L::kEnglish,
     "the of and to in is was a over two while new says said me him us i up out any that for it with as on "
     "be at by this are from or an were which have has had "
     "not but "
     "they their his her he she you we can will would been its more when who what where how there than other "
     "into "
     "these some all about after between also only does do did our your my if no so then them most such",
     ""},
    {L::kFrench,
     "le la les de des du un une et à vers près selon contre dont ont avoir cet y dit deux fait est en dans "
     "que qui pour pas sur au aux avec ce cette ces son sa ses il "
     "elle ils "
     "elles nous vous je ne plus par se sont été être a ont mais ou où leur leurs comme tout tous très fait "
     "peut "
     "entre aussi même sans sous quel quelle lors depuis après avant donc chez était d l qu j c quand "
     "combien",
     "çéèêëàâœùîôû"},
    {L::kGerman,
     "der die das und ist in seit nachdem soll sollen sei einige ihrer ihren ihres ihnen welche welcher "
     "welches nicht mit ein eine einen einem einer eines den dem des zu von im in auf für sich "
     "als auch "
     "es an er sie wir ich wird werden wurde wurden war waren hat haben sind nach bei aus um am zum zur über "
     "oder "
     "aber wie noch nur durch vor kann dass daß so mehr unter zwischen ihr seine ihre kein keine wenn was "
     "wer wo "
     "beim vom bis gegen diese dieser dieses man ob",
     "ßäöü"},
    {L::kSpanish,
     "el la los las de del un a e según ni fue cual le les tras mediante dos una y en que es por para con no "
     "se su sus al lo como más pero o fue era son "
     "está están "
     "ha han ser este esta estos estas entre cuando muy sin sobre también hasta desde donde quien todo todos "
     "nos ya "
     "hay porque qué cuál cómo durante después antes otros otras mi tu yo ella ellos nosotros ante cada "
     "puede",
     "ñáéíóú"},
    {L::kItalian,
     "il lo la i gli le di della nell all quale quali due sotto verso secondo del dello della dei degli "
     "delle un uno una e è che in nel nella nei nelle per con "
     "non si "
     "su sul sulla da dal dalla al alla ai alle come più ma anche sono era fu ha hanno essere questo questa "
     "quello "
     "suo sua loro tra fra dopo prima quando dove chi cosa perché ed ad molto tutti tutto ogni sia dell all "
     "nell "
     "sull c ci ne",
     "òìùèàé"},
    {L::kPortuguese,
     "o a os as de do da dos foi segundo sob contra dois qual quais lhe das um uma e é em no na nos nas que "
     "por para com não se seu sua seus suas ao à "
     "aos às "
     "como mais mas ou foi era são está estão ter tem ser este esta esse essa isso entre quando muito sem "
     "sobre "
     "também até desde onde quem todo todos já há porque pelo pela pelos pelas depois antes ele ela eles nós "
     "você "
     "cada pode",
     "ãõçêâéóíá"},
    {L::kDutch,
     "de het een en van in is op te dat die voor met zijn aan niet er om ook als bij maar door over naar uit "
     "nog wel "
     "dan kan worden wordt werd werden heeft hebben had was waren hun haar hij zij wij ik je we u deze dit "
     "tot na "
     "tussen meer veel geen wat wie waar hoe of al onder tegen zich omdat toen",
     ""},
    {L::kSwedish,
     "och att det som en ett är på för av med den de inte om till har i från var vi jag du han hon kan ska "
     "skulle men "
     "så ut upp vid under efter mellan mycket när där hur vad vem eller också bara alla sig sin sitt sina "
     "denna detta "
     "dessa blev blir hade man få",
     "åäö"},
    {L::kNorwegian,
     "og i på det som en et er av for med den de ikke om til har fra var vi jeg du han hun kan skal ville "
     "men så ut "
     "opp ved under etter mellom mye når der hvor hva hvem eller også bare alle seg sin sitt sine denne "
     "dette disse "
     "ble blir hadde man å noen bli være ei",
     "åøæ"},
    {L::kDanish,
     "og i på det som en et er af for med den de ikke om til har fra var vi jeg du han hun kan skal ville "
     "men så ud op "
     "ved under efter mellem meget når der hvor hvad hvem eller også kun alle sig sin sit sine denne dette "
     "disse blev "
     "bliver havde man at nogle blive være mig dig",
     "åøæ"},
    {L::kFinnish,
     "ja on ei se että oli ovat hän joka myös mutta kun niin tai kuin sen ole voi olla ovat olivat tämä "
     "tämän hänen "
     "jos vain mukaan jälkeen kanssa ennen sekä jotka jossa jonka mitä missä milloin miten kuka minä sinä me "
     "te he "
     "enemmän paljon sitä siitä siinä noin",
     "äö"},
    {L::kHungarian,
     "a az és hogy nem is egy ez volt van de csak meg már mint ha vagy el ki még azt ezt aki ami után között "
     "által "
     "lehet voltak vannak szerint minden nagy több kell ők én te mi hol mikor hogyan mert majd pedig amely "
     "amelyek "
     "alatt során",
     "őűáéíóú"},
    {L::kRomanian,
     "și şi în de la a al ai ale cu pe un o unei unui este sunt era care că nu din pentru mai ce dar sau "
     "prin după "
     "între către fost fi au am ar se să sa său lui ei lor acest această aceste când unde cum cine foarte "
     "toate până "
     "doar decât",
     "ăâîșşțţ"},
    {L::kTurkish,
     "ve bir bu için ile olarak da de en çok daha olan gibi kadar sonra ama veya ya ki ne o ben sen biz siz "
     "onlar her "
     "değil var yok oldu olduğu tarafından nasıl nerede zaman önce arasında büyük ilk mi mı ise hem içinde "
     "üzerinde "
     "kim hangi",
     "ğışçöü"},
    {L::kCatalan,
     "el la els les de del dels un una i en que és per amb no es al als com més però o va van són està ha "
     "han ser "
     "aquest aquesta aquests entre quan molt sense sobre també fins des on qui tot tots perquè durant "
     "després abans "
     "altres seva seu seus meva jo ella nosaltres cada pot fou són",
     "çàèòïï·"},
    {L::kBasque,
     "eta da ez bat du dira hau baina ere zen izan egin den dute zuen ziren edo oso beste baino bere arte "
     "gero dago "
     "daude izango duen diren bai hori horren zer nor non nola noiz asko guztiak bezala dela zuten egiten",
     ""},
    {L::kIrish,
     "agus an na is ar a i ag le do go ní tá sé sí bhí mar nach ach air atá faoi leis seo sin ó de chun iad "
     "muid mé tú "
     "cad cé conas nuair roimh idir gach féin bhfuil raibh ina sa san den",
     "áéíóú"},
    {L::kIndonesian,
     "yang dan di ini itu dengan untuk tidak dari dalam akan pada juga ke adalah saya kami kita mereka dia "
     "oleh sebagai "
     "bisa ada atau karena lebih sudah telah para seperti antara setelah sebelum ketika apa siapa mana "
     "bagaimana "
     "banyak orang tahun bukan belum hanya",
     ""},
    {L::kLithuanian,
     "ir yra kad su į iš per kaip bet tai ne nuo apie už tik jis ji jie mes aš tu arba labai po prie dėl iki "
     "kuris "
     "kuri kurie kas kur kada daugiau tarp jau dar buvo taip pat pagal metu savo jo jos",
     "ėįųūąęšž"},
    {L::kSerbian,
     "i je u na se da su za od sa kao ne koji koja koje ili ali biti bio bila bilo jedan jedna ovaj ova ovo "
     "taj što "
     "šta kako gde gdje kada samo može nije nisu njegov između posle nakon pre prije iz po do sve više veoma "
     "ja ti on "
     "ona oni mi vi",
     "đćčšž"},
    {L::kSerbian,
     "и је у на се да су за од са као не који која које или али бити био била било један једна овај ова ово "
     "тај што шта "
     "како где када само може није нису његов између после пре из по до све више веома ја ти он она они ми "
     "ви",
     "ђјљњћџ"},
    {L::kRussian,
     "и в не на что с по это как он она они его её к но из у за от то так же для мы вы я был была было были "
     "или до бы "
     "если только когда где кто который которая которые при также между после есть может нет все ее их о об "
     "без под со "
     "чем уже",
     "ыэёъ"},
    // Not stemmed by Snowball.
    {L::kEnglish,
     "i w z na do nie się że jest to o za po od dla przez ale jak oraz był była było są który która które "
     "jego jej ich "
     "tym tego być może tylko także między przed bardzo gdy gdzie kto co czy jako ze we",
     "łąęśżźńć"},
    {L::kEnglish,
     "a v na je se že to do s z o i pro za ve jako od po ale byl byla bylo jsou který která které jeho její "
     "být může "
     "nebo také když kde kdo co jen podle mezi velmi ze které už není sa že nie alebo ktorý bol pre čo",
     "ěřůýťďň"},
    {L::kEnglish,
     "in je na v se da so za z od ki kot ne ali pa bil bila bilo med tudi lahko pri po iz ni kaj kje kdo ko "
     "zelo več "
     "njegov ker še sta bi le",
     ""},
    {L::kEnglish,
     "và của là các có được cho trong một không này với những người đã khi từ để về đến như tại ở cũng ra "
     "vào nhiều "
     "hơn năm đó thì sẽ bị do theo trên",
     "ơưđạảấầẩậắằặẻẽẹếềểệỉịọỏốồổộớờởợụủứừửựỳỷỹỵ"},
    {L::kEnglish,
     "ja on ei see et oli kui ka ning või mis kes aga tema oma selle seda pole mida kus nii üks välja pärast "
     "enne "
     "vahel kuid siis need",
     "õäöü"},
    {L::kEnglish,
     "un ir ka no uz par ar bija kas vai ko tā tas viņš viņa es mēs kā bet pēc pirms starp arī tikai ļoti "
     "nav lai jo "
     "šis gan",
     "āēīūķļņģ"},
    {L::kEnglish,  // Latin
     "et in est non ad ut cum quod sed si per ex qui quae sit esse sunt ab hoc atque enim autem nec vel "
     "sicut erat "
     "eius eorum omnia lorem ipsum dolor amet consectetur",
     ""},
    {L::kOther,
     "і в не на що з по це як він вона вони його її до але та у за від то так же для ми ви я був була було "
     "були або би "
     "якщо тільки коли де хто який яка які при також між після є може немає всі їх про без під",
     "іїєґ"},
    {L::kOther,
     "и в не на че с по това как той тя те го я към но от у за до ще да се са беше или ако само когато къде "
     "кой "
     "който която които при също между след има може няма всички им без под със във",
     "ъщ"},
    {L::kHindi,
     "है हैं का की के में और से को पर यह वह ने भी नहीं था थे थी एक लिए कि जो तो हो कर गया किया जाता होता अपने इस उस "
     "साथ बाद",
     ""},
    {L::kNepali,
     "छ छन् को का की मा र ले लाई बाट पनि यो त्यो थियो थिए हो भएको गर्न गरेको हुन् भने एक तथा नेपाल लागि तर छैन हुन्छ "
     "गर्ने भयो",
     ""},
    {L::kOther, "आहे आहेत आणि च्या मध्ये हा ही हे तो ती ते होता होती होते नाही असे एक या त्या साठी पण झाला केला", "ळ"},
};

}  // namespace

std::span<const LanguageProfile> language_profiles() { return kProfiles; }

}  // namespace rappel
