package eval

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var approximately = cmp.Options{cmpopts.EquateApprox(0, 1e-12), cmpopts.EquateNaNs()}

func TestAbstention(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		name    string
		replies []Reply
		want    Refusal
	}{
		{
			"of each kind", // without an answer .1 .2 .5, with one .2 .6 .7 .9
			[]Reply{
				{false, true, .1}, {false, true, .2}, {false, false, .5},
				{true, true, .2}, {true, false, .6}, {true, false, .7}, {true, false, .9},
			},
			Refusal{
				Confusion{2, 1, 1, 3, 2. / 3, 2. / 3, 4. / 6},
				// Of 12 pairs ten are in order, .2 and .2 are half, .5 and .2 are not.
				10.5 / 12,
				// Below .6: the three without, and one with an answer.
				Cut{.6, Confusion{3, 1, 0, 3, 3. / 4, 1, 6. / 7}},
			},
		},
		{
			"the best refuses all",
			[]Reply{{false, true, .1}, {true, false, .2}, {false, false, .3}},
			Refusal{Confusion{1, 0, 1, 1, 1, .5, 2. / 3}, .5, Cut{math.Nextafter(.3, 1), Confusion{2, 1, 0, 0, 2. / 3, 1, .8}}},
		},
		{
			"of equal cuts the one that refuses least", // F1 is 2/3 below .2 and below all
			[]Reply{{false, false, .1}, {true, false, .2}, {true, false, .3}, {false, false, .4}},
			Refusal{Confusion{0, 0, 2, 2, nan, 0, 0}, .5, Cut{.2, Confusion{1, 0, 1, 2, 1, .5, 2. / 3}}},
		},
		{
			"the sure one is wrong",
			[]Reply{{true, true, .1}, {false, false, .2}, {true, false, .3}, {true, false, .4}},
			Refusal{Confusion{0, 1, 1, 2, 0, 0, 0}, 2. / 3, Cut{.3, Confusion{1, 1, 0, 2, .5, 1, 2. / 3}}},
		},
		{
			"nothing refused",
			[]Reply{{true, false, .4}, {false, false, .3}},
			Refusal{Confusion{0, 0, 1, 1, nan, 0, 0}, 1, Cut{.4, Confusion{1, 0, 0, 1, 1, 1, 1}}},
		},
		{
			"all have an answer",
			[]Reply{{true, false, .4}, {true, true, .3}},
			Refusal{Confusion{0, 1, 0, 1, 0, nan, 0}, nan, Cut{.4, Confusion{0, 1, 0, 1, 0, nan, 0}}},
		},
		{
			"no scores",
			[]Reply{{true, false, nan}, {false, true, nan}},
			Refusal{Confusion{1, 0, 0, 1, 1, 1, 1}, nan, Cut{nan, Confusion{F1: nan, Precision: nan, Recall: nan}}},
		},
		{
			"a score is missing",
			[]Reply{{true, false, .9}, {false, true, nan}, {false, true, .1}},
			Refusal{Confusion{2, 0, 0, 1, 1, 1, 1}, 1, Cut{.9, Confusion{1, 0, 0, 1, 1, 1, 1}}},
		},
		{"nothing", nil, Refusal{Confusion{F1: nan, Precision: nan, Recall: nan}, nan, Cut{nan, Confusion{F1: nan, Precision: nan, Recall: nan}}}},
	} {
		if diff := cmp.Diff(c.want, Abstention(c.replies), approximately); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestCuts(t *testing.T) {
	nan := math.NaN()
	replies := []Reply{{true, true, .5}, {false, true, .2}, {true, false, .2}, {true, false, .7}}
	got := Cuts(replies)
	want := []Cut{
		{.2, Confusion{0, 0, 1, 3, nan, 0, 0}},
		{.5, Confusion{1, 1, 0, 2, .5, 1, 2. / 3}},
		{.7, Confusion{1, 2, 0, 1, 1. / 3, 1, .5}},
		{math.Nextafter(.7, 1), Confusion{1, 3, 0, 0, .25, 1, .4}},
	}
	if diff := cmp.Diff(want, got, approximately); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, c := range got {
		below := 0
		for _, p := range replies {
			if p.Score < c.Threshold {
				below++
			}
		}
		if below != c.RightlyRefused+c.WronglyRefused {
			t.Errorf("below %v are %d questions, refused are %d", c.Threshold, below, c.RightlyRefused+c.WronglyRefused)
		}
	}
}
