package text

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAcronyms(t *testing.T) {
	for s, want := range map[string][]Acronym{
		"Our Service Level Agreement (SLA) holds.":     {{"SLA", "Service Level Agreement"}},
		"The SLA (Service Level Agreement) holds.":     {{"SLA", "Service Level Agreement"}},
		"a recovery point objective (RPO) of one hour": {{"RPO", "recovery point objective"}},
		"Key Performance Indicators (KPIs)":            {{"KPIs", "Key Performance Indicators"}},
		"the Department of Defense (DoD, DOD)":         nil,
		"the Department of Defense (DD)":               {{"DD", "Department of Defense"}},
		"paid time off (PTO) and a VPN (see below)":    {{"PTO", "paid time off"}},
		"it closes (USA) late":                         nil,
		"it (":                                         nil,
		"":                                             nil,
		"(SLA)":                                        nil,
		"the end\nof it (EOI)":                         nil,
	} {
		if diff := cmp.Diff(want, Acronyms(s)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", s, diff)
		}
	}
}
