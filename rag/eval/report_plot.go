package eval

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// plot is a picture and the table of what it shows. Coordinates are of an SVG of
// 420 by 260, y downwards.
type plot struct {
	ID, Title, Summary string
	XLabel, YLabel     string
	XTicks, YTicks     []tick
	Band               string // path of the interval; may be empty
	Lines              []line
	Bars               []bar
	Marks              []mark
	Columns            []string
	Table              [][]string // the first cell of a row heads it
}

type tick struct {
	At    float64
	Label string
}

// line is a curve. Style is "solid", "dashed" or "dotted", so that lines are told
// apart without colour.
type line struct {
	Path, Style, Label string
	Points             [][2]float64
}

type bar struct{ X, Y, Width, Height float64 }

// mark is an upright line with a label. Labels stand at different heights.
type mark struct {
	X, LabelY float64
	Anchor    string // "start" or "end"
	Label     string
}

// The frame of the data.
const plotLeft, plotRight, plotTop, plotLow = 48.0, 408.0, 14.0, 216.0

// scale maps values from min to max onto the picture, from a to b.
type scale struct{ min, max, a, b float64 }

func (s scale) at(v float64) float64 {
	if s.max == s.min {
		return (s.a + s.b) / 2
	}
	return math.Round(10*(s.a+(v-s.min)/(s.max-s.min)*(s.b-s.a))) / 10
}

func across(min, max float64) scale { return scale{min, max, plotLeft, plotRight} }

func upwards(max float64) scale { return scale{0, max, plotLow, plotTop} }

// shareTicks are those of an axis from 0 to 100 %.
func shareTicks() []tick {
	var ts []tick
	for v := 0; v <= 100; v += 20 {
		ts = append(ts, tick{upwards(100).at(float64(v)), strconv.Itoa(v) + "\u00a0%"})
	}
	return ts
}

// polyline returns the path through points, with a gap where y is NaN, and the
// points that it goes through.
func polyline(xs, ys []float64) (path string, through [][2]float64) {
	var b strings.Builder
	pen := "M"
	for i := range xs {
		if math.IsNaN(ys[i]) {
			pen = "M"
			continue
		}
		fmt.Fprintf(&b, "%s%g %g", pen, xs[i], ys[i])
		pen = "L"
		through = append(through, [2]float64{xs[i], ys[i]})
	}
	return b.String(), through
}

// curvePlot shows the share of questions whose paragraph is among the first k.
func curvePlot(points []Point) *plot {
	if len(points) == 0 {
		return nil
	}
	first, last := points[0], points[len(points)-1]
	p := &plot{
		ID: "curve", Title: "Right paragraph among the first k",
		Summary: fmt.Sprintf("From %s at k = %d to %s at k = %d.", percent.format(first.Rate), first.K, percent.format(last.Rate), last.K),
		XLabel:  "k, paragraphs looked at", YLabel: "share of questions", YTicks: shareTicks(),
		Columns: []string{"k", "Share", "95 % interval"},
	}
	x, y := across(float64(first.K), float64(last.K)), upwards(1)
	if first.K == last.K {
		x = across(0, float64(2*first.K))
	}
	var xs, ys, lows, highs []float64
	for _, q := range points {
		xs, ys = append(xs, x.at(float64(q.K))), append(ys, y.at(q.Rate))
		lows, highs = append(lows, y.at(q.Low)), append(highs, y.at(q.High))
		p.Table = append(p.Table, []string{strconv.Itoa(q.K), percent.format(q.Rate), percent.bare(q.Low) + " to " + percent.bare(q.High)})
	}
	for i, q := range points {
		if n := len(p.XTicks); n == 0 || xs[i]-p.XTicks[n-1].At >= 26 {
			p.XTicks = append(p.XTicks, tick{xs[i], strconv.Itoa(q.K)})
		}
	}
	path, through := polyline(xs, ys)
	p.Lines = []line{{path, "solid", "share", through}}
	up, _ := polyline(xs, highs)
	slices.Reverse(xs)
	slices.Reverse(lows)
	down, _ := polyline(xs, lows)
	p.Band = up + strings.Replace(down, "M", "L", 1) + "Z"
	return p
}

// thresholdPlot shows what refusing below a score would do.
func thresholdPlot(ts []Threshold) *plot {
	if len(ts) == 0 {
		return nil
	}
	p := &plot{
		ID: "refusing", Title: "Refusing below a score",
		Summary: "What would be if every question were refused whose best passage scores below the threshold.",
		XLabel:  "threshold of the score", YLabel: "share", YTicks: shareTicks(),
		Columns: []string{"Threshold", "Precision of refusing", "Recall of refusing", "Answered wrongly"},
	}
	lo, hi := ts[0].Score, ts[len(ts)-1].Score
	x, y := across(lo, hi), upwards(1)
	var xs, precision, recall, wrong []float64
	for _, t := range ts {
		xs = append(xs, x.at(t.Score))
		precision, recall, wrong = append(precision, y.at(t.Precision)), append(recall, y.at(t.Recall)), append(wrong, y.at(t.AnsweredWrong))
		p.Table = append(p.Table, []string{ratio.bare(t.Score), orNone(t.Precision), orNone(t.Recall), orNone(t.AnsweredWrong)})
	}
	p.XTicks = scoreTicks(x)
	for _, l := range []struct {
		ys           []float64
		style, label string
	}{{precision, "solid", "precision"}, {recall, "dashed", "recall"}, {wrong, "dotted", "answered wrongly"}} {
		path, through := polyline(xs, l.ys)
		if len(through) > 1 {
			through = nil // a line shows itself
		}
		p.Lines = append(p.Lines, line{path, l.style, l.label, through})
	}
	return p
}

// scoreTicks are up to six round numbers on an axis of scores, or its middle alone
// if the scores hardly differ: their labels would not either.
func scoreTicks(x scale) []tick {
	if !(x.max-x.min >= 1e-6*max(1, math.Abs(x.max))) {
		return []tick{{(x.a + x.b) / 2, number((x.min + x.max) / 2)}}
	}
	step := nice((x.max - x.min) / 5)
	first, last := math.Ceil(x.min/step), math.Floor(x.max/step)
	var ts []tick
	for i := range int(last-first) + 1 {
		v := (first + float64(i)) * step
		ts = append(ts, tick{x.at(v), number(v)})
	}
	return ts
}

func orNone(v float64) string {
	if math.IsNaN(v) {
		return "none refused"
	}
	return percent.format(v)
}

// latencyPlot shows how many answers took how long. Its last bar holds all that took
// much longer than 95 % did, so that a few do not press the rest together.
func latencyPlot(ms []float64) *plot {
	ms = slices.DeleteFunc(slices.Clone(ms), func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) || v < 0 })
	if len(ms) == 0 {
		return nil
	}
	slices.Sort(ms)
	p50, p95, p99 := quantile(ms, .5), quantile(ms, .95), quantile(ms, .99)
	p := &plot{
		ID: "latency", Title: "Time of an answer", XLabel: "milliseconds", YLabel: "questions",
		Summary: fmt.Sprintf("Half of %s took less than %s, 95 %% less than %s, 99 %% less than %s; the slowest %s.", plural(len(ms), "answer"),
			millis.format(p50), millis.format(p95), millis.format(p99), millis.format(ms[len(ms)-1])),
		Columns: []string{"Milliseconds", "Questions", "Share up to here"},
	}
	const most = 25 // bars
	step := nice(1.25 * p95 / most)
	bins := int(1.25*p95/step) + 1
	counts := make([]int, bins+1) // the last is what is slower
	for _, v := range ms {
		counts[min(int(v/step), bins)]++
	}
	if counts[bins] == 0 {
		counts = counts[:bins]
	} else {
		p.XLabel += "; the last bar is all that took longer"
	}
	x, top := across(0, float64(len(counts))), nice(float64(slices.Max(counts))/4)
	y := upwards(top * math.Ceil(float64(slices.Max(counts))/top))
	sum := 0
	for i, n := range counts {
		left := x.at(float64(i))
		p.Bars = append(p.Bars, bar{left + 1, y.at(float64(n)), math.Max(1, x.at(float64(i+1))-left-2), plotLow - y.at(float64(n))})
		sum += n
		label := number(float64(i)*step) + " to " + number(float64(i+1)*step)
		if i == bins {
			label = number(float64(i)*step) + " and more"
		}
		p.Table = append(p.Table, []string{label, thousands(n), percent.format(float64(sum) / float64(len(ms)))})
	}
	for i := 0; i <= bins; i += max(1, (bins+3)/5) {
		p.XTicks = append(p.XTicks, tick{x.at(float64(i)), number(float64(i) * step)})
	}
	for v := 0.0; v <= y.max; v += top {
		p.YTicks = append(p.YTicks, tick{y.at(v), number(v)})
	}
	for i, m := range []struct {
		v     float64
		label string
	}{{p50, "median "}, {p95, "95 % "}, {p99, "99 % "}} {
		if m.v > step*float64(bins) {
			continue // the summary says it
		}
		at := x.at(m.v / step)
		anchor := "start"
		if at > (plotLeft+plotRight)/2 {
			anchor = "end"
		}
		p.Marks = append(p.Marks, mark{at, plotTop + 10 + 16*float64(i), anchor, m.label + millis.format(m.v)})
	}
	return p
}

// nice returns the least of 1, 2 and 5 times a power of ten that is at least v.
func nice(v float64) float64 {
	if v <= 0 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= v*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

func number(v float64) string {
	if v == math.Trunc(v) {
		return thousands(int(v))
	}
	return strconv.FormatFloat(math.Round(v*1e6)/1e6, 'f', -1, 64)
}
