package text

import (
	"strconv"
	"strings"
)

// numberWords holds the number words of each language, folded to plain letters.
var numberWords = func() map[string]map[string]float64 {
	all := map[string]map[string]float64{}
	for lang, list := range numberLists {
		all[lang] = map[string]float64{}
		for entry := range strings.FieldsSeq(list) {
			words, value, _ := strings.Cut(entry, ":")
			v, _ := strconv.ParseFloat(value, 64)
			for w := range strings.SplitSeq(words, ",") {
				all[lang][w] = v
			}
		}
	}
	return all
}()

// The ordinals first and second are left out where they are also other words.
var numberLists = map[string]string{
	"en": `one:1 two,twice:2 three,third,thirds:3 four,fourth:4 five,fifth:5 six,sixth:6 seven,seventh:7 eight,eighth:8 nine,ninth:9
		ten,tenth:10 eleven,eleventh:11 twelve,twelfth,dozen:12 thirteen,thirteenth:13 fourteen,fourteenth:14 fifteen,fifteenth:15
		sixteen,sixteenth:16 seventeen,seventeenth:17 eighteen,eighteenth:18 nineteen,nineteenth:19 twenty,twentieth:20
		thirty,thirtieth:30 forty,fortieth:40 fifty,fiftieth:50 sixty,sixtieth:60 seventy,seventieth:70 eighty,eightieth:80
		ninety,ninetieth:90 second:2 zero:0`,
	"de": `eins:1 zwei,zweite,zweiten,zweiter,zweites:2 drei,dritte,dritten,dritter,drittes:3 vier,vierte,vierten:4 funf,funfte,funften:5
		sechs,sechste,sechsten:6 sieben,siebte,siebten:7 acht,achte,achten:8 neun,neunte,neunten:9 zehn,zehnte,zehnten:10 elf,elfte,elften:11
		zwolf,zwolfte,zwolften,dutzend:12 dreizehn:13 vierzehn:14 funfzehn:15 sechzehn:16 siebzehn:17 achtzehn:18 neunzehn:19 zwanzig:20
		dreissig:30 vierzig:40 funfzig:50 sechzig:60 siebzig:70 achtzig:80 neunzig:90 null:0`,
	"fr": `un:1 deux,deuxieme:2 trois,troisieme:3 quatre,quatrieme:4 cinq,cinquieme:5 six,sixieme:6 sept,septieme:7 huit,huitieme:8
		neuf,neuvieme:9 dix,dixieme:10 onze,onzieme:11 douze,douzieme,douzaine:12 treize:13 quatorze:14 quinze:15 seize:16 vingt,vingts:20
		trente:30 quarante:40 cinquante:50 soixante:60 zero:0`,
	"es": `uno:1 dos:2 tres,tercero,tercer,tercera:3 cuatro,cuarto,cuarta:4 cinco,quinto,quinta:5 seis,sexto,sexta:6 siete,septimo:7
		ocho,octavo:8 nueve,noveno:9 diez,decimo:10 once:11 doce,docena:12 trece:13 catorce:14 quince:15 dieciseis:16 diecisiete:17
		dieciocho:18 diecinueve:19 veinte:20 veintiuno,veintiun:21 veintidos:22 veintitres:23 veinticuatro:24 veinticinco:25 veintiseis:26
		veintisiete:27 veintiocho:28 veintinueve:29 treinta:30 cuarenta:40 cincuenta:50 sesenta:60 setenta:70 ochenta:80 noventa:90 cero:0`,
}

// scale returns what a word multiplies the number before it by, or 0. A German
// Billion is a million millions.
func scale(w, lang string) float64 {
	if by := scales[lang][strings.ToLower(w)]; by > 0 {
		return by
	}
	return scales["en"][strings.ToLower(w)]
}

var scales = map[string]map[string]float64{
	"en": {"hundred": 100, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "mn": 1e6, "bn": 1e9},
	"de": {"hundert": 100, "tausend": 1e3, "tsd": 1e3, "mio": 1e6, "million": 1e6, "millionen": 1e6, "mrd": 1e9, "milliarde": 1e9, "milliarden": 1e9,
		"billion": 1e12, "billionen": 1e12},
	"fr": {"cent": 100, "cents": 100, "mille": 1e3, "millions": 1e6, "milliard": 1e9, "milliards": 1e9, "billion": 1e12, "billions": 1e12},
	"es": {"mil": 1e3, "millón": 1e6, "millones": 1e6, "billón": 1e12, "billones": 1e12},
	"zh": {"百": 100, "千": 1e3, "万": 1e4, "亿": 1e8, "萬": 1e4, "億": 1e8},
	"ja": {"百": 100, "千": 1e3, "万": 1e4, "億": 1e8},
}
