package runtime

import "testing"

// FuzzValues looks for texts that a setting takes and does not print so that it reads the same.
func FuzzValues(f *testing.F) {
	for _, s := range []string{"512M", "a,,b,readonly", "file=a,format=raw,if=none", "a,overlay=,,x,format=raw", "if=x", "readonly", "hybrid", "=,="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var size, sizeBack Size
		if size.UnmarshalText([]byte(text)) == nil {
			if err := sizeBack.UnmarshalText([]byte(size.String())); err != nil || sizeBack != size {
				t.Errorf("size %q is %d, prints as %q and reads as %d (%v)", text, size, size, sizeBack, err)
			}
		}
		var d, back Drive
		if err := d.UnmarshalText([]byte(text)); err != nil {
			if d != (Drive{}) {
				t.Errorf("%q is refused and leaves %+v", text, d)
			}
			return
		}
		if err := back.UnmarshalText([]byte(d.String())); err != nil || back != d {
			t.Errorf("drive %q is %+v, prints as %q and reads as %+v (%v)", text, d, d, back, err)
		}
	})
}
