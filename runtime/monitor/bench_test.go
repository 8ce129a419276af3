package monitor

import "testing"

// BenchmarkReading is what a monitor does four times a second at first, and with details (detailed) at most once a second.
func BenchmarkReading(b *testing.B) {
	machine := running(b, 4)
	for _, way := range []struct {
		name string
		read func() reading
	}{
		{"plain", func() reading { s := machine.Stats(); return read(&s) }},
		{"detailed", func() reading { s := machine.DetailedStats(); return read(&s) }},
	} {
		b.Run(way.name, func(b *testing.B) {
			if err := machine.Pause(); err != nil { // so that no hart is in the way
				b.Fatal(err)
			}
			for b.Loop() {
				way.read()
			}
			if err := machine.Resume(); err != nil {
				b.Fatal(err)
			}
		})
	}
}
