package cloud

import "encoding/json"

// asJSON writes what is made of texts alone, or of a time besides. "" is for a
// time that has no text, which opens nothing.
func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}
