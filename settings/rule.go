package settings

import (
	"encoding/json"
	"unicode/utf8"
)

// Rule is one rule of what is backed up, as the engine's conditions are. A
// pattern is raw bytes.
type Rule struct {
	Kind    string
	Include bool
	Pattern string
}

// storedRule is a rule as it is kept. JSON takes text alone: patterns that are
// none are kept in Raw.
type storedRule struct {
	Kind    string `json:"kind"`
	Include bool   `json:"include,omitempty"`
	Pattern string `json:"pattern,omitempty"`
	Raw     []byte `json:"raw,omitempty"`
}

// MarshalJSON implements json.Marshaler.
func (r Rule) MarshalJSON() ([]byte, error) {
	kept := storedRule{Kind: r.Kind, Include: r.Include, Pattern: r.Pattern}
	if !utf8.ValidString(r.Pattern) {
		kept.Pattern, kept.Raw = "", []byte(r.Pattern)
	}
	return json.Marshal(kept)
}

// UnmarshalJSON implements json.Unmarshaler.
func (r *Rule) UnmarshalJSON(b []byte) error {
	var kept storedRule
	if err := json.Unmarshal(b, &kept); err != nil {
		return err
	}
	*r = Rule{kept.Kind, kept.Include, kept.Pattern}
	if kept.Raw != nil {
		r.Pattern = string(kept.Raw)
	}
	return nil
}
