package text

// stopWords returns the words of a language that say nothing about a text's
// subject: articles, pronouns, prepositions, auxiliaries, question words and
// greetings, lower case. It is nil for a language without a list.
func stopWords(lang string) map[string]bool { return stops[lang] }

var stops = func() map[string]map[string]bool {
	all := map[string]map[string]bool{}
	for lang, list := range stopLists {
		all[lang] = set(list)
	}
	return all
}()

var stopLists = map[string]string{
	"en": `a about above after again against all also am an and any are aren't as at be because been before being below
		between both but by can can't cannot could couldn't did didn't do does doesn't doing don't down during each few for from
		further had hadn't has hasn't have haven't having he her here hers herself him himself his how i i'd i'll i'm i've if in
		into is isn't it it's its itself just let's me more most my myself no nor not of off on once only or other ought our ours
		ourselves out over own same shall she should shouldn't so some such than that the their theirs them themselves then there
		these they they're this those through to too under until up upon us very was wasn't we were weren't what what's when where
		which while who who's whom whose why will with won't would wouldn't yes you your yours yourself yourselves please tell
		much many may might must does thanks thank hello hi hey ok okay im ive dont doesnt didnt isnt arent wasnt werent
		whats hows wheres whos thats cant couldnt wouldnt shouldnt havent hasnt wont youre theyre u ur`,
	"de": `aber alle allem allen aller alles als also am an ander andere anderem anderen anderer anderes auch auf aus bei beim bin
		bis bist da dadurch daher damit dann das dass dein deine dem den denen der deren des dessen die dies diese diesem diesen
		dieser dieses dir doch dort du durch ein eine einem einen einer eines einige einigen er es etwas euch euer für gegen gewesen
		gibt hab habe haben hat hatte hatten hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im in indem ins ist ja jede
		jedem jeden jeder jedes jene jener jetzt kann kein keine keinem keinen keiner können könnte man manche mein meine mich mir
		mit muss musste nach nicht nichts noch nun nur ob oder ohne sehr sein seine seinem seinen seiner seit sich sie sind so solche
		soll sollte sondern sonst über um und uns unser unsere unter viel viele vom von vor wann war waren warum was weil welche
		welchem welchen welcher welches wem wen wenn wer werde werden weshalb wessen wie wieder wieso wieviel will wir wird wo wofür
		woher wohin wollen womit worden wurde wurden während zu zum zur zwar zwischen bitte danke hallo`,
	"fr": `a à afin ai ainsi alors après as au aucun aucune aussi autre autres aux avait avant avec avez avoir avons c ce ceci cela celle
		celles celui ces cet cette ceux chaque chez ci combien comme comment d dans de depuis des donc dont du elle elles en encore
		entre es est et étaient était étant été être eu eux fait font furent fut il ils j je l la là laquelle le lequel les lesquelles
		lesquels leur leurs lors lui m ma mais me même mes moi mon n ne ni non nos notre nous on ont ou où par parce pas pendant peut
		peuvent plus pour pourquoi qu quand que quel quelle quelles quels qui quoi s sa sans se sera ses si soit son sont sous sur t ta
		te tes toi ton tous tout toute toutes très tu un une vers voici voilà vos votre vous y est-ce merci bonjour`,
	"es": `a al algo algunas algunos ante antes aquel aquella así aún aunque cada como cómo con contra cual cuál cuales cuáles cuando
		cuándo cuanta cuánta cuantas cuántas cuanto cuánto cuantos cuántos de del desde donde dónde durante e el él ella ellas ellos en
		entre era eran es esa esas ese eso esos esta está están estas este esto estos fue fueron ha había habían han hasta hay la las le
		les lo los más me mi mis mucho muchos muy nada ni no nos nosotros nuestra nuestro o os otra otras otro otros para pero poco por
		porque qué que quien quién quienes quiénes se sea según ser si sí sido sin sobre son su sus también tan tanto te tiene tienen
		todo todos tras tu tus un una unas uno unos usted y ya yo cuyo cuya puede pueden gracias hola`,
	"ru": `а без более был была были было быть в вам вас весь во вот все всё всего всех вы где да даже для до его ее её ей ему если есть
		еще ещё же за здесь и из или им ими их к как какая какие какими каких какого какое какой каком какому какую ко когда
		который которая которые которых кто куда ли либо между меня мне может мы на над надо нам нас наш не него нее неё нет
		ни них но ну о об один однако он она они оно от откуда очень перед по под после почему при про раз с сам свои свой себя
		сколько со так также такие такой там те тем то того тоже той только том ты у уже чего чей чем что чтобы чьё эта эти этих это
		этого этой этом этот я кем чему зачем кому является являются спасибо привет`,
	"it": `a ad agli ai al alla alle allo anche c che chi ci come con cosa cui da dagli dai dal dalla dalle dallo degli dei del dell della
		delle dello di dopo dove due e è ed era erano essere fra fu furono gli ha hanno ho i il in io la le lei li lo loro lui ma mi nei nel
		nella nelle nello noi non o ogni perché per più quale quali quando quanta quante quanti quanto quella quello questa questi questo
		qui se si sia sono stata stati stato su sua sue sugli sui sul sulla suo suoi tra tu un una uno`,
	"pt": `a ao aos as até com como da das de depois do dos e é ela elas ele eles em entre era eram essa esse esta está este eu foi foram há
		isso isto já lhe mais mas me mesmo meu minha muito na nas não nem no nos nós o onde os ou para pela pelas pelo pelos por porque
		qual quais quando quantas quanto quantos que quem são se sem ser seu seus sobre sua suas também te tem têm um uma você à às`,
	"nl": `aan al alles als bij dan dat de der deze die dit doch door dus een en er ge geen had heb hebben heeft hem het hier hij hoe hoeveel
		hun ik in is ja je kan kon maar me meer men met mij mijn na naar niet nog nu of om omdat onder ons ook op over te tegen toch toen tot
		u uit uw van veel voor waar waarom wanneer want waren was wat welke werd werden wie wij wordt worden zal ze zelf zich zij zijn zo zonder zou`,
	"sv": `alla att av de dem den denna deras dess det detta du där efter ej eller en ett från för ha hade han har hon hur i icke in inte
		jag kan man med men mot mycket ni nu när något och om oss på samma sedan sig sin sina ska skulle som så till under upp ut vad var varför
		vem vi vid vilka vilken vilket är över`,
	"tr": `acaba ama ancak bazı ben bir biz bu çok da daha de değil diye en gibi hangi hem hep her hiç için ile ise kaç kadar kim ki mi mı
		mu mü nasıl ne neden nedir nerede nereye niçin o olan olarak oldu olduğu onlar sen siz şu ve veya ya zaman`,
	"pl": `a ale aby bez być był była było były co czy dla do gdy gdzie go i ich ile jak jaka jaki jakie jako jednak jego jej jest już kiedy
		kto która które który których lub ma mają może na nad nie o od oraz po pod przed przez przy są się ta tak tam te tego tej ten to tylko
		tym w we z za ze że dlaczego`,
	// Pairs of letters that ask, or only hold a sentence together.
	"zh": `什么 么时 时候 候是 多少 少个 少年 少人 哪个 哪里 哪些 哪一 哪年 哪国 哪种 哪位 为什 怎么 么样 如何 何时 是否 几个 是什 是谁 谁是 的是 了什 有什 有多
		在哪 于哪 是哪 什麼 為什 怎麼 多久 是多 有哪 被称 称为 一个 是在 这个 那个 他们 我们 它们 以及 因为 所以 但是 如果 可以 没有 这些 那些 并且 或者 由于 对于 关于 其中`,
	"ja": `です ます した する して いる ある いつ どこ なに だれ どの どう なぜ いく くつ れた られ から まで では には とは もの こと これ それ この その という`,
	"uk": `а але без був була були було в ви від він вона вони все де для до за з і із її їх й як яка яке який які якого коли ким кого котрий
		ми на не ні про скільки та так також те то у хто це цей ця чи чому що щоб я є`,
}
