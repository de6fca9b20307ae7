package text

import (
	"strings"
	"unicode/utf8"
)

// unit finds a unit of money, percent or measure beside the number; the first two
// it takes in.
func unit(s string, n *Number, ws []Word, i int, next *int) {
	before := strings.TrimRight(s[:n.Start], " \u00a0\u202f")
	if sign, size := utf8.DecodeLastRuneInString(before); strings.ContainsRune("$€£¥", sign) {
		n.Unit = string(sign)
		n.Start = len(before) - size
		return
	}
	after := strings.TrimLeft(s[n.End:min(len(s), n.End+8)], " \u00a0\u202f-")
	sign, size := utf8.DecodeRuneInString(after)
	if sign == '％' {
		sign = '%'
	}
	if strings.ContainsRune("%$€£¥", sign) {
		n.Unit = string(sign)
		n.End += strings.Index(s[n.End:], after[:size]) + size
		return
	}
	take := func(words int) {
		*next += words
		n.End = ws[*next-1].End
	}
	if *next < len(ws) && joins(strings.TrimPrefix(s[n.End:ws[*next].Start], ".")) {
		w := strings.ToLower(ws[*next].Text)
		if *next+1 < len(ws) && percentPairs[w+" "+strings.ToLower(ws[*next+1].Text)] {
			n.Unit = "%"
			take(2)
		} else if u := unitWords[w]; u != "" {
			n.Unit = u
			take(1)
		}
	}
	if n.Unit == "" && *next < len(ws) && joins(strings.TrimPrefix(s[n.End:ws[*next].Start], ".")) {
		n.Unit = measures[strings.ToLower(ws[*next].Text)]
	}
	if n.Unit == "" && i > 0 && unitWords[strings.ToLower(ws[i-1].Text)] != "" && joins(s[ws[i-1].End:ws[i].Start]) {
		n.Unit = unitWords[strings.ToLower(ws[i-1].Text)] // EUR 5
	}
}

var percentPairs = map[string]bool{"per cent": true, "pour cent": true, "por ciento": true, "per cento": true, "por cento": true}

var unitWords = map[string]string{
	"percent": "%", "prozent": "%", "procent": "%", "pct": "%",
	"dollar": "$", "dollars": "$", "dólar": "$", "dólares": "$", "usd": "$",
	"euro": "€", "euros": "€", "eur": "€", "pound": "£", "pounds": "£", "gbp": "£", "yen": "¥", "jpy": "¥",
}

// IsMeasure tells whether a unit is one of time, length, weight or the like.
func IsMeasure(unit string) bool { return unit != "" && !strings.Contains("%$€£¥", unit) }

// measures holds the units of measure by their names.
var measures = func() map[string]string {
	all := map[string]string{}
	for unit := range strings.FieldsSeq(measureList) {
		short, names, _ := strings.Cut(unit, ":")
		for name := range strings.SplitSeq(names, ",") {
			all[name] = short
		}
	}
	return all
}()

const measureList = `km:km,kilometre,kilometres,kilometer,kilometers,kilometern,kilomètres,kilómetros m:metre,metres,meter,meters,metern,mètres,metros
	cm:cm,centimetre,centimetres,centimeter,centimeters,zentimeter mm:mm,millimetre,millimetres,millimeter,millimeters
	mi:mile,miles,meile,meilen ft:foot,feet,ft in:inch,inches kg:kg,kilogram,kilograms,kilo,kilos,kilogramm
	g:g,gram,grams,gramm mg:mg,milligram,milligrams,milligramm l:litre,litres,liter,liters,litern ml:ml,millilitre,millilitres,milliliter,milliliters
	s:second,seconds,sec,sekunde,sekunden,seconde,secondes,segundos min:minute,minutes,min,minuten,minuto,minutos
	h:hour,hours,hrs,stunde,stunden,heure,heures,hora,horas d:day,days,tag,tage,tagen,jour,jours,día,días
	wk:week,weeks,woche,wochen,semaine,semaines,semana,semanas mo:month,months,monat,monate,monaten,mois,mes,meses
	yr:year,years,yrs,jahr,jahre,jahren,ans,années,año,años kb:kb,kilobyte,kilobytes mb:mb,megabyte,megabytes
	gb:gb,gigabyte,gigabytes tb:tb,terabyte,terabytes`
