package ui

import "math"

// Speeds are those of Ada's drive, with a pause for breath.
func (f *fake) Speeds(int64) []float64 {
	var all []float64
	for i := range 190 {
		speed := 41_000_000 * (1 + 0.3*math.Sin(float64(i)/9) + 0.12*math.Sin(float64(i)*1.7))
		if i > 80 && i < 92 {
			speed /= 9
		}
		all = append(all, speed)
	}
	return all
}
